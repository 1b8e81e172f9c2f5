import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import type { JsonObject, OperationCapability, Spoke } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";

/** An operation that a connected system offers. */
export type Operation = {
  system: ConnectedSystem;
  name: string;
  capability: OperationCapability;
  call: NonNullable<Spoke["call"]>;
};

/** @throws NAVE_NOT_SUPPORTED naming what there is instead. */
export function findOperation(hub: Pick<Hub, "systems">, systemName: string, name: string): Operation {
  const system = connected(hub, systemName);
  const capability = system.manifest.operations[name];
  const call = system.spoke.call?.bind(system.spoke);
  if (capability && call) return { system, name, capability, call };
  const offered = Object.keys(system.manifest.operations).join(", ");
  throw new NaveError("NAVE_NOT_SUPPORTED", `${systemName} has no operation "${name}"`, {
    accepts: offered === "" ? "another system: this one offers no operations" : offered,
  });
}

/** @throws NAVE_NOT_SUPPORTED naming the systems there are. */
export function connected(hub: Pick<Hub, "systems">, name: string): ConnectedSystem {
  const system = hub.systems.get(name);
  if (system) return system;
  throw new NaveError("NAVE_NOT_SUPPORTED", `there is no system "${name}"`, {
    accepts: [...hub.systems.keys()].join(", "),
  });
}

const ajv = new Ajv2020({ strict: false, allErrors: false, verbose: true, validateFormats: false });
const checks = new WeakMap<OperationCapability, ValidateFunction>();

/** @throws NAVE_RECORD_INVALID naming the argument, its value and what is accepted. */
export function checkArguments({ system, name, capability }: Operation, args: JsonObject): void {
  let check = checks.get(capability);
  if (check === undefined) {
    check = ajv.compile(capability.args);
    checks.set(capability, check);
  }
  if (check(args)) return;
  const [error] = check.errors ?? [];
  throw new NaveError(
    "NAVE_RECORD_INVALID",
    `${name} of ${system.name} does not take these arguments: ${error ? worded(error) : "they break its schema"}`,
    error ? detailOf(error, capability) : {},
  );
}

function worded(error: ErrorObject): string {
  const { missingProperty, additionalProperty } = error.params as Record<string, string | undefined>;
  const at = error.instancePath === "" ? "" : `${error.instancePath.slice(1)}: `;
  if (missingProperty !== undefined) return `${at}${missingProperty} is missing`;
  if (additionalProperty !== undefined) return `${at}${additionalProperty} is not known`;
  return `${at}it ${error.message}`;
}

function detailOf(error: ErrorObject, { args }: OperationCapability): NaveError["detail"] {
  const { missingProperty, additionalProperty } = error.params as Record<string, string | undefined>;
  const field = [error.instancePath.slice(1), missingProperty ?? additionalProperty ?? ""]
    .filter(Boolean)
    .join("/");
  const known = Object.keys((args["properties"] as object | undefined) ?? {}).join(", ");
  const isUnknown = additionalProperty !== undefined || missingProperty !== undefined;
  return {
    field,
    ...(isUnknown ? {} : { value: error.data }),
    accepts: isUnknown ? known : (error.message ?? "what its schema says"),
  };
}
