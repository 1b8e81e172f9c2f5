import type { Attributes, Span, SpanOptions } from "@opentelemetry/api";
import { toNaveError } from "../../errors.ts";
import type { FlowMessage, HubPort, MergeOutcome, ResumedMessage } from "../../flows/hub-port.ts";
import type { FlowRuntime } from "../../flows/runtime.ts";
import { markFailed, type Traces } from "./traces.ts";

/** What feeds messages to the flows: each attempt is a span. */
export function tracedRuntime(
  flows: Pick<FlowRuntime, "accept" | "resume">,
  traces: Traces,
): Pick<FlowRuntime, "accept" | "resume"> {
  const attempt = (messageId: string, work: () => Promise<void>) =>
    traces.span("flow", { attributes: { "nave.message.id": messageId } }, (span) =>
      traces.attempt(messageId, span, work),
    );
  return {
    accept: (messageId) => attempt(messageId, () => flows.accept(messageId)),
    resume: (messageId) => attempt(messageId, () => flows.resume(messageId)),
  };
}

/** A flow has ended for the message whose attempt runs, which is named after it; most messages go through one. */
export function noteFlow(traces: Traces, flow: string, outcome: string): void {
  const attributes = { "nave.flow": flow, "nave.outcome": outcome };
  traces.current()?.updateName(`flow ${flow}`).setAttributes(attributes).addEvent("flow ended", attributes);
}

/** The hub behind the nodes; what a node asks of it is a span below the attempt of its message. */
export function tracedPort(port: HubPort, traces: Traces): HubPort {
  const inAttempt = <T>(messageId: string, name: string, attributes: Attributes, work: Work<T>) =>
    spanOfAttempt(traces, messageId, name, { attributes }, work);
  return {
    ...port,
    open: async (messageId) => noted(traces, await port.open(messageId)),
    openResumed: async (messageId) => noted(traces, await port.openResumed(messageId)),
    merge: (messageId) =>
      inAttempt(messageId, "merge", {}, async (span) => {
        const outcome = await port.merge(messageId);
        span.setAttributes(attributesOf(outcome));
        return outcome;
      }),
    wish: (request) =>
      inAttempt(request.messageId, `route ${request.system}`, routed(request), (span) => {
        traces.mark(request, span);
        return port.wish(request);
      }),
    derive: (request) => inAttempt(request.messageId, "derive", about(request), () => port.derive(request)),
    amend: (request) => inAttempt(request.messageId, "amend", about(request), () => port.amend(request)),
    call: (request, path) =>
      inAttempt(request.messageId, `call ${request.system}`, called(request), async (span) => {
        const reply = await port.call(request, path);
        span.setAttribute("nave.outcome", reply?.kind ?? "waits");
        return reply;
      }),
    notify: (request) =>
      inAttempt(request.messageId, `notify ${request.way}`, {}, () => port.notify(request)),
    wait: (request) =>
      inAttempt(request.messageId, `wait ${request.kind}`, placeOf(request), () => port.wait(request)),
    meet: (request) => inAttempt(request.messageId, "meet", placeOf(request), () => port.meet(request)),
    settle: (messageId, path) => inAttempt(messageId, "settle", SETTLE, () => port.settle(messageId, path)),
    reject: (messageId, reason) => {
      traces.attemptOf(messageId)?.setAttribute("nave.outcome", "rejected");
      return inAttempt(messageId, "reject", {}, () => port.reject(messageId, reason));
    },
    fail: (messageId, error, where) => {
      const { code, disposition } = toNaveError(error, "NAVE_FLOW_FAILED");
      const attempt = traces.attemptOf(messageId);
      // What waits for something has not failed.
      if (disposition === "wait" || disposition === "later") attempt?.setAttribute("nave.outcome", code);
      else if (attempt) markFailed(attempt, code);
      const attributes = { "nave.flow": where.flow, "nave.node": where.node };
      return inAttempt(messageId, "fail", attributes, () => port.fail(messageId, error, where));
    },
  };
}

type Work<T> = (span: Span) => Promise<T>;

function spanOfAttempt<T>(
  traces: Traces,
  messageId: string,
  name: string,
  options: SpanOptions,
  work: Work<T>,
): Promise<T> {
  return traces.spanUnder(traces.attemptOf(messageId)?.spanContext(), name, options, work);
}

/** The attempt is told of which record it is. */
function noted<M extends FlowMessage | ResumedMessage>(
  traces: Traces,
  message: M | undefined,
): M | undefined {
  if (message === undefined) return undefined;
  const span = traces.attemptOf(message.messageId);
  span?.setAttribute("messaging.message.conversation_id", message.correlationId);
  if ("kind" in message) {
    const { kind, entity, system } = message;
    span?.setAttributes({
      "nave.kind": kind,
      "nave.entity": entity,
      ...(system && { "nave.system": system }),
    });
  } else span?.setAttributes({ "nave.kind": "resumed", "nave.flow": message.place.flow });
  return message;
}

const SETTLE = { "messaging.operation.name": "settle", "messaging.operation.type": "settle" };

function attributesOf({ canonicalId, version, changed, echo }: MergeOutcome): Attributes {
  return {
    "nave.canonical.id": canonicalId,
    "nave.canonical.version": version,
    "nave.changed_fields": changed.length,
    "nave.echo": echo,
  };
}

const about = ({ entity }: { entity: string }) => ({ "nave.entity": entity });

function routed({
  system,
  entity,
  canonicalId,
  version,
  action,
}: Parameters<HubPort["wish"]>[0]): Attributes {
  return {
    "nave.system": system,
    "nave.entity": entity,
    "nave.canonical.id": canonicalId,
    "nave.canonical.version": version,
    "nave.action": action,
  };
}

const called = ({ system, operation }: Parameters<HubPort["call"]>[0]) => ({
  "nave.system": system,
  "nave.operation": operation,
});

const placeOf = ({ place }: Parameters<HubPort["meet"]>[0]) => ({
  "nave.flow": place.flow,
  "nave.node": place.node,
});
