import { randomUUID } from "node:crypto";
import type { Body } from "../../src/canonical/types.ts";
import { NaveError } from "../../src/errors.ts";
import type {
  AmendedRecord,
  AmendRequest,
  ArrivalAtNode,
  CallReply,
  CallRequest,
  DeriveRequest,
  FailedPath,
  FlowMessage,
  HubPort,
  LookupRequest,
  LookupResult,
  MergeOutcome,
  NotifyRequest,
  ResumedMessage,
  WaitRequest,
  WishRequest,
} from "../../src/flows/hub-port.ts";
import type { MessagePath } from "../../src/flows/tracking/message-path.ts";

type Failure = { code: string; text: string; where: { flow: string; node: string; nodeName?: string } };

/** What became of one message, as the hub's tables would show it. */
export type Fate = { settled: number; failures: Failure[]; rejections: { text: string; owner: string }[] };

/** The far side of the flow engine: keeps what the hub would keep, in memory, by the port's own rules. */
export class MemoryHub implements HubPort {
  readonly messages = new Map<string, FlowMessage>();
  readonly fates = new Map<string, Fate>();
  readonly wishes = new Map<string, WishRequest>();
  readonly derived = new Map<string, Body>();
  readonly amended: AmendRequest[] = [];
  /** What has been handed over, by the copy of the message that arrived and the node. */
  readonly waits = new Map<string, WaitRequest>();
  readonly met = new Map<string, ArrivalAtNode>();
  readonly resumed = new Map<string, ResumedMessage>();
  readonly events: string[] = [];
  /** Where each message has been in its last attempt. */
  readonly paths = new Map<string, FailedPath>();
  systems = ["crm", "erp", "shop"];
  /** Bodies for which `wish` throws, by their `name`. */
  refuse = new Set<string>();
  readonly lookups: LookupRequest[] = [];
  /** What `lookup` finds, by what is looked up. */
  readonly found = new Map<string, LookupResult>();
  /** What cannot be looked up, because a system is away. */
  readonly away = new Set<string>();
  readonly notified: NotifyRequest[] = [];
  readonly calls: CallRequest[] = [];
  /** What `call` answers, by operation; nothing: the message waits. */
  readonly replies = new Map<string, CallReply>();
  /** Outcomes that are not simply "the body, new". */
  outcomes = new Map<string, Partial<MergeOutcome>>();

  observed(entity: string, body: Body, rest: Partial<FlowMessage> = {}): string {
    const messageId = randomUUID();
    const message = {
      messageId,
      correlationId: messageId,
      kind: "observed" as const,
      entity,
      system: "crm",
      localId: "1",
      body,
    };
    this.messages.set(messageId, { ...message, ...rest });
    this.fates.set(messageId, { settled: 0, failures: [], rejections: [] });
    return messageId;
  }

  changed(entity: string, body: Body): string {
    return this.observed(entity, body, { kind: "changed", canonicalId: randomUUID(), version: 1 });
  }

  /** What was handed over goes on from this output, as it does when it falls due. */
  goesOn({ place }: WaitRequest, output: number, message: ResumedMessage["message"]): string {
    const messageId = randomUUID();
    this.resumed.set(messageId, { messageId, correlationId: messageId, place, output, message });
    this.fates.set(messageId, { settled: 0, failures: [], rejections: [] });
    return messageId;
  }

  fate(messageId: string): Fate {
    const fate = this.fates.get(messageId);
    if (fate === undefined) throw new Error(`no message ${messageId}`);
    return fate;
  }

  async open(messageId: string): Promise<FlowMessage | undefined> {
    return this.messages.get(messageId);
  }

  async openResumed(messageId: string): Promise<ResumedMessage | undefined> {
    return this.resumed.get(messageId);
  }

  async wait(request: WaitRequest): Promise<void> {
    this.events.push(`wait ${request.messageId}`);
    const arrival = arrivalOf(request);
    if (!this.waits.has(arrival)) this.waits.set(arrival, structuredClone(request));
  }

  async meet(request: ArrivalAtNode): Promise<void> {
    this.met.set(arrivalOf(request), request);
  }

  async merge(messageId: string): Promise<MergeOutcome> {
    const message = this.messages.get(messageId);
    if (message === undefined) throw new NaveError("NAVE_HUB_UNAVAILABLE", `message ${messageId} is gone`);
    const outcome = {
      canonicalId: `id-${messageId}`,
      version: 1,
      body: message.body,
      changed: ["name"],
      archived: false,
      echo: false,
    };
    return { ...outcome, ...this.outcomes.get(messageId) };
  }

  async targets(): Promise<string[]> {
    return this.systems;
  }

  async wish(request: WishRequest): Promise<void> {
    const { name } = request.body;
    if (typeof name === "string" && this.refuse.has(name))
      throw new NaveError("NAVE_HUB_UNAVAILABLE", `no connection for ${name}`);
    this.events.push(`wish ${request.messageId} ${request.system}`);
    this.wishes.set(`${request.system}/${request.canonicalId}`, structuredClone(request));
  }

  async derive(request: DeriveRequest): Promise<{ canonicalId: string }> {
    this.derived.set(`${request.entity}/${request.key}`, structuredClone(request.body));
    return { canonicalId: `${request.entity} of ${request.key}` };
  }

  async amend(request: AmendRequest): Promise<AmendedRecord> {
    this.amended.push(structuredClone(request));
    const message = this.messages.get(request.messageId);
    return { version: (message?.version ?? 1) + 1, body: { ...message?.body, ...request.changes } };
  }

  async lookup(request: LookupRequest): Promise<LookupResult | undefined> {
    this.lookups.push(structuredClone(request));
    if (this.away.has(request.what)) throw new NaveError("NAVE_SYSTEM_UNAVAILABLE", "crm is paused");
    return this.found.get(request.what);
  }

  async call(request: CallRequest): Promise<CallReply | undefined> {
    this.calls.push(structuredClone(request));
    return this.replies.get(request.operation) ?? undefined;
  }

  async notify(request: NotifyRequest): Promise<void> {
    this.notified.push(structuredClone(request));
  }

  async reject(
    messageId: string,
    { text, owner, path }: { text: string; owner: string; path?: MessagePath },
  ): Promise<void> {
    this.fate(messageId).rejections.push({ text, owner });
    if (path !== undefined) this.paths.set(messageId, path);
  }

  async settle(messageId: string, path: () => MessagePath): Promise<void> {
    this.paths.set(messageId, path());
    this.events.push(`settle ${messageId}`);
    this.fate(messageId).settled += 1;
  }

  async fail(
    messageId: string,
    error: unknown,
    { path, ...where }: Failure["where"] & { path?: FailedPath },
  ): Promise<void> {
    if (path !== undefined) this.paths.set(messageId, path);
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    this.fate(messageId).failures.push({
      code,
      text: error instanceof Error ? error.message : String(error),
      where,
    });
  }
}

function arrivalOf({ place, messageId, part }: ArrivalAtNode): string {
  return `${place.node} ${messageId} ${part}`;
}
