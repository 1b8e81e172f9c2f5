import { mkdir } from "node:fs/promises";
import type { FlowPermits } from "../access/flow-permissions.ts";
import type { Log } from "../adapter-kit/contract.ts";
import { Attempts, type Ended, whereIs } from "./attempts.ts";
import type { Deployed } from "./deploy.ts";
import { EditorDoor } from "./editor/editor-door.ts";
import { EditorPresence } from "./editor/editor-presence.ts";
import {
  type EditorHttp,
  isExpectedWarning,
  type LogEntry,
  nodeRedSettings,
} from "./editor/editor-settings.ts";
import { EditorView, refusedAs409 } from "./editor/editor-view.ts";
import { Entrance } from "./entrance.ts";
import { FirstStart } from "./first-start.ts";
import { drain, FlowGate } from "./flow-gate.ts";
import { flowServices } from "./flow-services.ts";
import type { FlowMessage, HubPort } from "./hub-port.ts";
import { unknownTypes } from "./lint/known-types.ts";
import { type FlowState, LiveFlows } from "./live-flows.ts";
import type { FlowServices } from "./node-api.ts";
import { linkNodePackage } from "./node-package.ts";
import {
  addressOf,
  type FlowsEvent,
  forgetEditors,
  type LiveNode,
  messageKey,
  type NodeConfig,
  type NodeRed,
  nodesStoppedBy,
  pathOf,
  type RedMessage,
  requireNodeRed,
  tabOf,
} from "./node-red.ts";
import { nodeMissing } from "./resumed.ts";
import { Sources } from "./sources.ts";
import { readCredentialSecret } from "./storage/credential-secret.ts";
import { FlowFolders } from "./storage/flow-folders.ts";
import { type Deployer, storageModule } from "./storage/storage.ts";
import { type AtWork, CompletionTracker, namesOf, type Place } from "./tracking/completion-tracker.ts";
import { drawnAddress } from "./tracking/message-path.ts";
import { type LateSend, TrackHooks } from "./tracking/track-hooks.ts";
import { Traffic, type WaitsAtNode } from "./tracking/traffic.ts";
import { type FlowLedger, ledgerInMemory } from "./versions/flow-ledger.ts";
import { noteIn } from "./versions/newest-flows.ts";
import { OldVersions } from "./versions/old-versions.ts";
import { VersionBook } from "./versions/version-book.ts";
import { isCopied, plainId } from "./versions/version-copy.ts";
import { VersionKeeper } from "./versions/version-keeper.ts";
import { type LiveWaiter, Waiters } from "./waiters.ts";

export type FlowOptions = {
  hub: HubPort;
  /** What has been deployed when. Absent: kept in memory, and begun with what lies in the folders. */
  ledger?: FlowLedger;
  /** One folder per flow. */
  flowsDir: string;
  /** Node-RED's private folder: credentials, sessions, the editor's settings. */
  userDir: string;
  /** Absent: no editor, as on a worker. */
  http?: EditorHttp;
  log: Log;
  /** A message that a flow has not finished by then has failed. Default 60 s. */
  timeoutMs?: number;
  /** Longest that a deploy waits for messages under way in the flows it changes; the rest runs again, at the version it was in. Default 250 ms. */
  drainMs?: number;
  /** Longest that `stop` waits for messages under way. Default 10 s. */
  stopMs?: number;
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
  /** Who may read and change which flow. Default: everybody who gets at it. */
  permits?: FlowPermits;
  /** Called for each flow that an attempt of a message went through, with how it ended. */
  ended?: (flow: string, outcome: "completed" | "failed" | "put-away") => void;
  /** For the editor to show; absent: none are on record. */
  versions?: FlowServices["versions"];
};

export type DeployOptions = {
  /** The epoch that the nodes were made from. */
  after: number;
  by: Deployer;
  /** Find out only whether it would be refused. */
  dryRun?: boolean;
};

/** Connects Node-RED, the completion tracker and the hub; `startFlows` guards that there is one per process. */
export class FlowEngine {
  readonly #options: FlowOptions;
  readonly #nodeRed: NodeRed = requireNodeRed();
  readonly #tracker: CompletionTracker;
  readonly #hooks: TrackHooks;
  readonly #old = new OldVersions();
  readonly #flows: LiveFlows;
  readonly #book: VersionBook;
  readonly #view: EditorView;
  #door: EditorDoor | undefined;
  readonly #presence: EditorPresence;
  readonly #keeper: VersionKeeper;
  readonly #gate: FlowGate;
  readonly #sources = new Sources();
  readonly #traffic = new Traffic();
  readonly #waiters: Waiters;
  readonly #entrance: Entrance;
  readonly #attempts: Attempts;
  readonly #firstStart = new FirstStart();
  #stopping = false;

  constructor(options: FlowOptions) {
    this.#options = options;
    const nodeRed = this.#nodeRed;
    const old = this.#old;
    const { log, flowsDir, userDir, synchronousTypes = [] } = options;
    const ledger = options.ledger ?? ledgerInMemory();
    this.#tracker = new CompletionTracker({ timeoutMs: options.timeoutMs ?? 60_000 });
    const placeOf = (node: LiveNode) => this.#placeOf(node);
    const versionOf = (tab: string) => this.#flows.versionOf(tab);
    const sentLate = (late: LateSend) => this.#attempts.parkLate(late);
    this.#hooks = new TrackHooks(this.#tracker, { placeOf, sentLate });
    const { hub } = options;
    const [tracker, hooks] = [this.#tracker, this.#hooks];
    const ended: Ended = (tabs, outcome) => {
      for (const tab of tabs) options.ended?.(this.#flows.byTab(tab)?.name ?? plainId(tab), outcome);
    };
    this.#attempts = new Attempts({ hub, tracker, hooks, placeOf, versionOf, ended, log });
    this.#gate = new FlowGate(options.drainMs ?? 250);
    const flows = new LiveFlows({
      folders: new FlowFolders(flowsDir),
      note: noteIn(userDir),
      ledger,
      old,
      nodeRed,
      guard: {
        prepare: (tabs) => this.#gate.close(tabs, () => this.#attempts.underWay()),
        abandon: () => this.#gate.open(),
      },
      changed: () => this.#book.forget(),
      log,
      synchronousTypes,
      permits: options.permits ?? (() => true),
    });
    this.#flows = flows;
    const book = new VersionBook(ledger, flows);
    this.#book = book;
    this.#view = new EditorView(nodeRed, {
      ready: () => this.#gate.whenOpen(),
      beside: (nodes) => this.#beside(nodes),
      lastDeploy: () => flows.lastDeploy(),
    });
    this.#presence = new EditorPresence(nodeRed);
    const isBusy = (tab: string) => this.#attempts.underWay().some((one) => one.tabs().has(tab));
    this.#keeper = new VersionKeeper({ ledger, flows, old, book, view: this.#view, nodeRed, isBusy, log });
    const runOf = (message: RedMessage) => tracker.find(messageKey(message));
    this.#waiters = new Waiters({ placeOf, versionOf, isLive: (tab) => flows.isLive(tab), runOf });
    const [keeper, gate, sources, waiters] = [this.#keeper, this.#gate, this.#sources, this.#waiters];
    this.#entrance = new Entrance({ flows, book, keeper, gate, sources, waiters });
  }

  /** @throws what kept the flows from being loaded; nothing of Node-RED is at work then. */
  async start(): Promise<void> {
    const { userDir } = this.#options;
    await mkdir(userDir, { recursive: true });
    await linkNodePackage(userDir);
    const settings = await this.#settings();
    try {
      await this.#startNodeRed(settings);
      await this.#keeper.start();
    } catch (error) {
      await this.#stopNodeRed();
      throw error;
    }
  }

  async #startNodeRed(settings: Record<string, unknown>): Promise<void> {
    const { http } = this.#options;
    this.#nodeRed.init(http?.server ?? null, settings);
    this.#view.attach();
    this.#door = new EditorDoor(
      this.#nodeRed,
      () => this.#flows.deployed().flows,
      this.#options.permits ?? (() => true),
    );
    this.#door.attach();
    this.#presence.attach();
    this.#hooks.attach(this.#nodeRed);
    process.on("uncaughtException", this.#onUncaught);
    this.#nodeRed.events.on("flows:stopping", this.#onStopping);
    this.#nodeRed.events.on("flows:started", this.#onStarted);
    await this.#nodeRed.start();
    http?.app.use(http.adminRoot, (request, response, next) =>
      this.#nodeRed.httpAdmin(request, response, next),
    );
    await this.#firstStart.ended;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#keeper.stop();
    // Node-RED does not stop flows that it is about to start.
    await this.#gate.whenOpen();
    const underWay = this.#attempts.underWay();
    await drain(underWay, this.#options.stopMs ?? 10_000);
    this.#tracker.stop();
    await Promise.allSettled(underWay.map((one) => one.ended));
    await this.#stopNodeRed();
  }

  async #stopNodeRed(): Promise<void> {
    await this.#nodeRed.stop();
    forgetEditors(this.#nodeRed);
    this.#hooks.detach(this.#nodeRed);
    this.#presence.detach();
    this.#door?.detach();
    this.#view.detach();
    this.#nodeRed.events.removeListener("flows:stopping", this.#onStopping);
    this.#nodeRed.events.removeListener("flows:started", this.#onStarted);
    process.removeListener("uncaughtException", this.#onUncaught);
  }

  takes(entity: string, kind: FlowMessage["kind"]): boolean {
    const isNewest = (tab: string) => !isCopied(tab) && this.#flows.isLive(tab);
    return this.#sources.taking({ entity, kind }, isNewest).length > 0;
  }

  versions(): FlowState[] {
    return this.#flows.states();
  }

  deployed(): Deployed & { epoch: number } {
    return { epoch: this.#flows.epoch, ...this.#flows.deployed() };
  }

  unknownTypes(nodes: readonly NodeConfig[]): string[] {
    return unknownTypes(this.#nodeRed, nodes);
  }

  credentialsOf(node: string): string[] {
    const credentials = this.#nodeRed.nodes.getCredentials(node) as
      | Record<string, unknown>
      | null
      | undefined;
    return Object.entries(credentials ?? {}).flatMap(([name, value]) => (value ? [name] : []));
  }

  async deploy(nodes: readonly NodeConfig[], { after, by, dryRun }: DeployOptions): Promise<number> {
    const isNewer = () => this.#flows.epoch !== after;
    if (isNewer()) throw refusedAs409(`not deployed: ${this.#flows.lastDeploy()} meanwhile`);
    this.#flows.check(nodes, by);
    if (dryRun) return this.#flows.epoch;
    await this.#view.inTurn(async () => {
      await this.#view.ready();
      if (isNewer()) throw refusedAs409(`not deployed: ${this.#flows.lastDeploy()} meanwhile`);
      await this.#view.deploy(this.#flows.runnable(nodes), by);
    });
    return this.#flows.epoch;
  }

  async accept(messageId: string): Promise<void> {
    const message = await this.#options.hub.open(messageId);
    if (message === undefined) return;
    const epoch = message.epoch ?? this.#flows.epoch;
    let isInterrupted: boolean;
    do {
      const takers = await this.#entrance.open(message, epoch);
      isInterrupted = await this.#attempts.accepted(message, takers);
    } while (isInterrupted && !this.#stopping);
  }

  async resume(messageId: string): Promise<void> {
    const { hub } = this.#options;
    const message = await hub.openResumed(messageId);
    if (message === undefined) return;
    const { place, output } = message;
    let isInterrupted: boolean;
    do {
      const node = (await this.#entrance.goOn(place, output))?.node;
      if (node === undefined) return hub.fail(messageId, nodeMissing(message), place);
      isInterrupted = await this.#attempts.resumed(message, node);
    } while (isInterrupted && !this.#stopping);
  }

  waiters(): LiveWaiter[] {
    return this.#waiters.live();
  }

  atWork(): AtWork | undefined {
    const step = this.#hooks.current();
    if (step === undefined) return undefined;
    return { ...namesOf(step.run), ...whereIs(step.place), nodeType: step.place.nodeType };
  }

  #placeOf(node: LiveNode): Place {
    const tab = tabOf(node);
    const flow = this.#flows.byTab(tab);
    return {
      flow: flow?.name ?? plainId(tab),
      ...(flow?.older === undefined ? {} : { olderVersion: flow.older }),
      tab,
      node: plainId(node.id),
      nodeType: plainId(node.type),
      address: drawnAddress(addressOf(node)),
      traffic: this.#traffic.of(node),
      ...(node.name === undefined || node.name === "" ? {} : { nodeName: node.name }),
    };
  }

  /** The older versions that are to run besides these nodes: those that do, and those that the nodes replace. */
  #beside(nodes: readonly NodeConfig[]): { nodes: NodeConfig[]; undo: () => void } {
    const undo = this.#flows.replacedBy(nodes).map((replaced) => this.#old.add(replaced));
    return {
      nodes: this.#old.nodes((id) => this.#nodeRed.nodes.getCredentials(id)),
      undo: () => {
        for (const takeAway of undo) takeAway();
      },
    };
  }

  async #settings(): Promise<Record<string, unknown>> {
    const { userDir, http, allowDangerousNodes } = this.#options;
    return nodeRedSettings({
      userDir,
      credentialSecret: await readCredentialSecret(userDir),
      storageModule: storageModule(userDir, {
        load: () => this.#firstStart.load(() => this.#flows.load()),
        save: (nodes, by) => this.#flows.save(nodes, by),
      }),
      http,
      allowDangerousNodes: allowDangerousNodes ?? false,
      services: flowServices(this.#options, {
        hooks: this.#hooks,
        tracker: this.#tracker,
        sources: this.#sources,
        waiters: this.#waiters,
        traffic: this.#traffic,
      }),
      onLog: (entry) => this.#onLog(entry),
    });
  }

  #onLog(entry: LogEntry): void {
    const { log } = this.#options;
    const text = entry.msg instanceof Error ? entry.msg.message : String(entry.msg);
    const step = this.#hooks.current();
    const node = { node: entry.id && plainId(entry.id), nodeType: entry.type, nodeName: entry.name };
    const fields = step ? { ...namesOf(step.run), ...node } : node;
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
      this.#options.log.error({ ...namesOf(step.run), ...whereIs(step.place) }, text);
    } else if (process.listenerCount("uncaughtException") === 1) {
      throw error;
    }
  };

  readonly #onStopping = (event: FlowsEvent): void => {
    const stopping = nodesStoppedBy(event);
    for (const run of this.#tracker.runsUnderWay()) {
      const inside = run.steps.some(
        (step) => stopping === "all" || pathOf(step.at.node as LiveNode).some((id) => stopping.has(id)),
      );
      if (inside) this.#tracker.interrupt(run);
    }
  };

  readonly #onStarted = (): void => {
    this.#old.started();
    this.#book.forget();
    this.#flows.inspect();
    this.#gate.open();
    this.#firstStart.succeeded();
  };
}
