import {
  type EntityCapability,
  httpClient,
  type JsonObject,
  type Manifest,
  NaveError,
} from "../../src/adapter-kit/index.ts";
import { type SoapCall, SoapFault, soapTransport } from "./soap-transport.ts";

export type ErpClient = {
  manifest: Manifest;
  /** Throws NAVE_NOT_SUPPORTED for an entity that the manifest does not have. */
  capability: (entity: string) => EntityCapability;
  ask: (operation: string, args: JsonObject, signal: AbortSignal) => Promise<JsonObject>;
  /** The same for a question that may be refused for what it asks: throws SoapFault then. */
  query: (operation: string, args: JsonObject, signal: AbortSignal) => Promise<JsonObject>;
  /** Throws SoapFault for a refusal. */
  change: (operation: string, args: JsonObject, signal: AbortSignal) => Promise<JsonObject>;
};

/** The session with one Sandbox ERP: logs in when needed, once more when the session has ended, and not a third time. */
export async function erpClient(settings: JsonObject, manifest: Manifest): Promise<ErpClient> {
  const http = httpClient({ baseUrl: settings["url"] as string, timeoutMs: manifest.limits.timeoutMs });
  let session: string | undefined;
  let login: Promise<void> | undefined;
  const transport = await soapTransport(http, () => session);

  async function logIn(signal: AbortSignal): Promise<void> {
    const args = { User: settings["user"] ?? "", Password: settings["password"] ?? "" };
    session = undefined;
    try {
      const reply = await transport.call({ operation: "Login", args, signal, writes: false });
      session = reply["Session"] as string;
    } catch (error) {
      if (!(error instanceof SoapFault)) throw error;
      throw new NaveError("NAVE_CREDENTIALS_REFUSED", "The ERP refused user and password");
    } finally {
      login = undefined;
    }
  }

  async function withSession(call: SoapCall): Promise<JsonObject> {
    for (const isLastTry of [false, true]) {
      if (session === undefined) await (login ??= logIn(call.signal));
      const used = session;
      try {
        return await transport.call(call);
      } catch (error) {
        if (!endsSession(error) || isLastTry) throw error;
        if (session === used) session = undefined;
      }
    }
    throw new NaveError("NAVE_CREDENTIALS_REFUSED", "The ERP does not accept the session it has just given");
  }

  function capability(entity: string): EntityCapability {
    const found = manifest.entities[entity];
    if (found) return found;
    const accepts = Object.keys(manifest.entities).join(", ");
    throw new NaveError("NAVE_NOT_SUPPORTED", `The ERP has no ${entity}`, { value: entity, accepts });
  }

  return {
    manifest,
    capability,
    ask: (operation, args, signal) =>
      withSession({ operation, args, signal, writes: false }).catch((error: unknown) =>
        askFault(operation, error),
      ),
    query: (operation, args, signal) => withSession({ operation, args, signal, writes: false }),
    change: (operation, args, signal) => withSession({ operation, args, signal, writes: true }),
  };
}

/** Not done, whatever it was: an ended session is found out before the work begins. */
function endsSession(error: unknown): boolean {
  if (error instanceof SoapFault) return error.detail["Code"] === "SESSION";
  return error instanceof NaveError && error.code === "NAVE_CREDENTIALS_REFUSED";
}

/** A question that is refused: an empty list for some, a fault of theirs or ours for others. */
function askFault(operation: string, error: unknown): JsonObject {
  if (!(error instanceof SoapFault)) throw error;
  if (error.detail["Code"] === "MISSING") return {};
  throw new NaveError("NAVE_SYSTEM_UNAVAILABLE", `${operation} was refused: ${error.message}`, {}, error);
}
