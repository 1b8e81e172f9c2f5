import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import { DrawnCases } from "./cases/drawn-cases.ts";
import { CompletionTracker, type Place, type Run, type RunOutcome } from "./completion-tracker.ts";
import { type EditorHttp, isExpectedWarning, type LogEntry, nodeRedSettings } from "./editor-settings.ts";
import { FlowFolders } from "./flow-folders.ts";
import { FlowGate, type UnderWay } from "./flow-gate.ts";
import type { FlowMessage, HubPort, ResumedMessage } from "./hub-port.ts";
import { type FlowState, LiveFlows } from "./live-flows.ts";
import { drawnAddress } from "./message-path.ts";
import { naveContext } from "./nave-message.ts";
import type { FlowServices, Source } from "./node-api.ts";
import { linkNodePackage } from "./node-package.ts";
import {
  addressOf,
  type FlowsEvent,
  forgetEditors,
  type LiveNode,
  messageKey,
  type NodeRed,
  nodesStoppedBy,
  type RedMessage,
  requireNodeRed,
  tabOf,
  takesInput,
} from "./node-red.ts";
import { readSparingly } from "./read-sparingly.ts";
import { storageModule } from "./storage.ts";
import { type LateSend, lateSendText, TrackHooks } from "./track-hooks.ts";
import { Traffic, type WaitsAtNode } from "./traffic.ts";
import { type LiveWaiter, Waiters } from "./waiters.ts";

export type FlowOptions = {
  hub: HubPort;
  /** One folder per flow. */
  flowsDir: string;
  /** Node-RED's private folder: credentials, sessions, the editor's settings. */
  userDir: string;
  /** Absent: no editor, as on a worker. */
  http?: EditorHttp;
  log: Log;
  /** A message that a flow has not finished by then has failed. Default 60 s. */
  timeoutMs?: number;
  /** Longest that a deploy waits for messages under way in the flows it changes. Default 10 s. */
  drainMs?: number;
  /** Names that the editor suggests in the forms of nodes. */
  suggestions?: FlowServices["suggestions"];
  /** How many messages wait on record, for the editor to show; absent: none do. */
  readWaits?: () => Promise<WaitsAtNode[]>;
  /** The path of a message, for the editor to show; absent: none is on record. */
  readPath?: FlowServices["readPath"];
  /** Node types whose handlers take no `done` and are known to end before they return. */
  synchronousTypes?: readonly string[];
  /** The core nodes that run programs and read and write files. Default false. */
  allowDangerousNodes?: boolean;
};

const WAITS_FRESH_MS = 1000;

/** Connects Node-RED, the completion tracker and the hub; `startFlows` guards that there is one per process. */
export class FlowEngine {
  readonly #options: FlowOptions;
  readonly #nodeRed: NodeRed = requireNodeRed();
  readonly #tracker: CompletionTracker;
  readonly #hooks: TrackHooks;
  readonly #flows: LiveFlows;
  readonly #gate: FlowGate;
  readonly #sources = new Set<Source>();
  readonly #traffic = new Traffic();
  readonly #waiters: Waiters;
  readonly #underWay = new Map<Run, UnderWay>();

  constructor(options: FlowOptions) {
    this.#options = options;
    this.#tracker = new CompletionTracker({ timeoutMs: options.timeoutMs ?? 60_000 });
    this.#hooks = new TrackHooks(this.#tracker, {
      placeOf: (node) => this.#placeOf(node),
      sentLate: (late) => this.#parkLate(late),
    });
    this.#gate = new FlowGate(options.drainMs ?? 10_000);
    this.#flows = new LiveFlows({
      folders: new FlowFolders(options.flowsDir),
      nodeRed: this.#nodeRed,
      guard: {
        prepare: (tabs) => this.#gate.close(tabs, () => this.#underWay.values()),
        abandon: () => this.#gate.open(),
      },
      log: options.log,
      synchronousTypes: options.synchronousTypes ?? [],
    });
    this.#waiters = new Waiters({
      placeOf: (node) => this.#placeOf(node),
      versionOf: (tab) => this.#flows.versionOf(tab),
      isLive: (tab) => this.#flows.isLive(tab),
      runOf: (message) => this.#tracker.find(messageKey(message)),
    });
  }

  async start(): Promise<void> {
    const { userDir, http } = this.#options;
    await mkdir(userDir, { recursive: true });
    await linkNodePackage(userDir);
    this.#nodeRed.init(http?.server ?? null, await this.#settings());
    this.#hooks.attach(this.#nodeRed);
    process.on("uncaughtException", this.#onUncaught);
    const { promise: started, resolve } = Promise.withResolvers<void>();
    this.#nodeRed.events.on("flows:stopping", this.#onStopping);
    this.#nodeRed.events.on("flows:started", this.#onStarted);
    this.#onFirstStart = resolve;
    await this.#nodeRed.start();
    http?.app.use(http.adminRoot, (request, response, next) =>
      this.#nodeRed.httpAdmin(request, response, next),
    );
    await started;
  }

  async stop(): Promise<void> {
    const underWay = [...this.#underWay.values()];
    await this.#gate.drain(underWay);
    this.#tracker.stop();
    await Promise.allSettled(underWay.map((one) => one.ended));
    await this.#nodeRed.stop();
    forgetEditors(this.#nodeRed);
    this.#hooks.detach(this.#nodeRed);
    this.#nodeRed.events.removeListener("flows:stopping", this.#onStopping);
    this.#nodeRed.events.removeListener("flows:started", this.#onStarted);
    process.removeListener("uncaughtException", this.#onUncaught);
  }

  takes(entity: string, kind: FlowMessage["kind"]): boolean {
    return this.#takers(entity, kind).length > 0;
  }

  versions(): FlowState[] {
    return this.#flows.states();
  }

  async accept(messageId: string, entity: string, kind: FlowMessage["kind"]): Promise<void> {
    const message = await this.#options.hub.open(messageId);
    if (message === undefined) return;
    await this.#gate.pass(() => new Set(this.#takers(entity, kind).map((source) => source.node.z ?? "")));
    const takers = this.#takers(entity, kind).filter((source) => takesSystem(source, message));
    if (takers.length === 0) {
      const author = message.system === undefined ? "" : ` from ${message.system}`;
      throw new NaveError("NAVE_FLOW_FAILED", `no live flow takes ${kind} ${entity} messages${author}`, {
        accepts: "a record in node of a deployed flow that takes them",
      });
    }
    const tabs = takers.map(({ node }) => node.z ?? "");
    await this.#run(message.messageId, tabs, (run) => this.#feed(run, message, takers));
  }

  async resume(messageId: string): Promise<void> {
    const { hub } = this.#options;
    const message = await hub.openResumed(messageId);
    if (message === undefined) return;
    const find = () => this.#waiters.find(message.place, message.output)?.node;
    const tabs = (): string[] => [find()].flatMap((node) => (node === undefined ? [] : [tabOf(node)]));
    await this.#gate.pass(() => new Set(tabs()));
    const node = find();
    if (node === undefined) return hub.fail(messageId, nodeMissing(message), message.place);
    // A schedule is sent nothing: its messages begin here.
    if (!takesInput(node)) this.#traffic.of(node).messages += 1;
    await this.#run(messageId, tabs(), (run) => {
      run.path.add(this.#placeOf(node));
      this.#hooks.apart(() => node.send(leavingBy(message.output, { ...goingOn(message), _msgid: run.id })));
    });
  }

  waiters(): LiveWaiter[] {
    return this.#waiters.live();
  }

  async #run(messageId: string, fed: readonly string[], feed: (run: Run) => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<RunOutcome>();
    const run = this.#tracker.start(messageId, resolve);
    const ended = promise
      .then((outcome) => this.#report(run, outcome))
      .finally(() => this.#underWay.delete(run));
    const tabs = (): Set<string> => new Set([...fed, ...run.steps.map((step) => step.place.tab)]);
    this.#underWay.set(run, { tabs, ended });
    feed(run);
    this.#tracker.release(run);
    await ended;
  }

  #feed(run: Run, message: FlowMessage, takers: readonly Source[]): void {
    const { body, ...nave } = message;
    for (const { node } of takers) {
      const copy = { payload: structuredClone(body), nave: { ...nave } };
      node.receive({ _msgid: run.id, topic: message.entity, ...copy });
    }
    if (run.copies < takers.length) {
      const error = new NaveError(
        "NAVE_FLOW_FAILED",
        `message ${run.messageId} did not get into every flow that takes it`,
      );
      this.#tracker.blame(run, error, undefined);
    }
  }

  async #report(run: Run, outcome: RunOutcome): Promise<void> {
    if (outcome.kind === "failed" && outcome.place !== undefined) outcome.place.traffic.failures += 1;
    // The port knows: it has parked the message, or lets it wait.
    if (run.putAway) return;
    const { hub } = this.#options;
    if (outcome.kind === "completed") return hub.settle(run.messageId, run.path.read());
    const path = { ...run.path.read(), ...(outcome.place && { failedAt: outcome.place.address }) };
    await hub.fail(run.messageId, outcome.error, { ...whereIs(outcome.place), path });
  }

  /** A settled message whose node sent on nevertheless: its effect is missing, and a retry would do the same again. */
  #parkLate(late: LateSend): void {
    const { hub, log } = this.#options;
    const { messageId } = late;
    late.place.traffic.failures += 1;
    const error = new NaveError("NAVE_CONFIG_INVALID", lateSendText(late), {
      accepts: "a node that calls done() after its last send; in a function node, node.done()",
    });
    log.error({ ...whereIs(late.place), messageId }, error.message);
    hub.fail(messageId, error, whereIs(late.place)).catch((failure: unknown) => {
      log.error(
        { messageId, cause: String(failure) },
        "a message whose node sent too late could not be parked",
      );
    });
  }

  #takers(entity: string, kind: FlowMessage["kind"]): Source[] {
    // A rerun is an old observation sent through its flow again.
    const wanted = kind === "rerun" ? "observed" : kind;
    return [...this.#sources].filter(
      (source) =>
        source.entity === entity && source.kind === wanted && this.#flows.isLive(source.node.z ?? ""),
    );
  }

  #placeOf(node: LiveNode): Place {
    const tab = tabOf(node);
    const named = node.name === undefined || node.name === "" ? {} : { nodeName: node.name };
    const flow = this.#flows.byTab(tab)?.name ?? tab;
    const address = drawnAddress(addressOf(node));
    const traffic = this.#traffic.of(node);
    return { flow, tab, node: node.id, nodeType: node.type, address, traffic, ...named };
  }

  #services(): FlowServices {
    // What the hub opens on behalf of a node (connections, timers) is not the node's work, and outlives the message.
    const hub = this.#hooks.outside(this.#options.hub);
    const readWaits = readSparingly(this.#options.readWaits ?? (async () => []), WAITS_FRESH_MS);
    return {
      hub,
      suggestions: this.#options.suggestions ?? { entities: [], systems: [], operations: [] },
      addSource: (source) => {
        this.#sources.add(source);
        return () => this.#sources.delete(source);
      },
      addWaiter: (waiter) => this.#waiters.add(waiter),
      wait: (node, message, key, request) =>
        hub.wait({ ...this.#waiters.arrival(node, message, key), ...request }),
      meet: (node, message, key) => hub.meet(this.#waiters.arrival(node, message, key)),
      reject: async (message, reason) => {
        const run = this.#tracker.find(messageKey(message));
        const path = run && { path: run.path.read() };
        await hub.reject(run?.messageId ?? naveContext(message).messageId, { ...reason, ...path });
        this.#putAway(message);
      },
      call: async (message, request) => {
        const reply = await hub.call(request, this.#tracker.find(messageKey(message))?.path.read());
        if (reply === undefined) this.#putAway(message);
        return reply;
      },
      cases: new DrawnCases({ flowsDir: this.#options.flowsDir, paletteDir: this.#options.userDir }),
      readPath: this.#options.readPath ?? (async () => undefined),
      traffic: async () => this.#traffic.read(this.#tracker.runsUnderWay(), await readWaits()),
    };
  }

  #putAway(message: RedMessage): void {
    const run = this.#tracker.find(messageKey(message));
    if (run !== undefined) run.putAway = true;
  }

  async #settings(): Promise<Record<string, unknown>> {
    const { userDir, http, allowDangerousNodes } = this.#options;
    return nodeRedSettings({
      userDir,
      credentialSecret: await readSecret(userDir),
      storageModule: storageModule(userDir, this.#flows),
      http,
      allowDangerousNodes: allowDangerousNodes ?? false,
      services: this.#services(),
      onLog: (entry) => this.#onLog(entry),
    });
  }

  #onLog(entry: LogEntry): void {
    const { log } = this.#options;
    const text = entry.msg instanceof Error ? entry.msg.message : String(entry.msg);
    const fields = { node: entry.id, nodeType: entry.type, nodeName: entry.name };
    if (entry.level > 30) return log.debug(fields, text);
    if (entry.level > 20) return isExpectedWarning(text) ? log.debug(fields, text) : log.warn(fields, text);
    // What belongs to a message is told to the hub, which knows whether it is tried again, waits or needs a person.
    if (this.#hooks.errorLogged(entry.msg, entry.id)) log.debug(fields, text);
    else log.error(fields, text);
  }

  /** A node threw in a callback of its own. Its message fails; an exception of anything else ends the process as ever. */
  readonly #onUncaught = (error: Error): void => {
    const step = this.#hooks.blameCurrent(error);
    if (step !== undefined) {
      const text = `${step.place.nodeType} threw outside its input handler: ${error.message}`;
      this.#options.log.error(whereIs(step.place), text);
    } else if (process.listenerCount("uncaughtException") === 1) {
      throw error;
    }
  };

  readonly #onStopping = (event: FlowsEvent): void => {
    const stopping = nodesStoppedBy(event);
    for (const run of this.#tracker.runsUnderWay()) {
      const inside = run.steps.some((step) => stopping === "all" || stopping.has(step.place.node));
      if (inside) this.#tracker.interrupt(run, "the flow was deployed anew while the message was in it");
    }
  };

  #onFirstStart: () => void = () => undefined;
  readonly #onStarted = (): void => {
    this.#flows.inspect();
    this.#gate.open();
    this.#onFirstStart();
  };
}

function takesSystem(source: Source, message: FlowMessage): boolean {
  return source.system === undefined || message.system === undefined || source.system === message.system;
}

/** What leaves the node that waited: its own message by now. */
function goingOn({ messageId, correlationId, message }: ResumedMessage): RedMessage {
  const nave = { ...(message["nave"] as object), messageId, correlationId, kind: "resumed" };
  return { ...structuredClone(message), nave };
}

function leavingBy(output: number, message: RedMessage): (RedMessage | null)[] {
  return Array.from({ length: output + 1 }, (_, index) => (index === output ? message : null));
}

function nodeMissing({ place, output }: ResumedMessage): NaveError {
  const { flow, flowVersion, node } = place;
  const what = `node ${node}${output === 0 ? "" : ` with output ${output + 1}`}`;
  return new NaveError(
    "NAVE_FLOW_MISSING",
    `the message goes on from ${what} of flow ${flow}, where it waited at version ${flowVersion}; that is not deployed now`,
    { accepts: "the flow enabled, with this node: the message then goes on by itself. Or drop it" },
  );
}

function whereIs(place: Place | undefined): { flow: string; node: string; nodeName?: string } {
  if (place === undefined) return { flow: "", node: "" };
  const { flow, node, nodeName } = place;
  return nodeName === undefined ? { flow, node } : { flow, node, nodeName };
}

/** Encrypts the credentials of nodes; made once and kept in the user folder, readable by the hub's user only. */
async function readSecret(userDir: string): Promise<string> {
  const file = join(userDir, "credential-secret");
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const secret = randomBytes(32).toString("hex");
    await writeFile(file, `${secret}\n`, { mode: 0o600, flag: "wx" });
    return secret;
  }
}
