import { type Context, context, SpanKind } from "@opentelemetry/api";
import type { ChangesPage, Spoke, WriteOutcome, WriteRequest } from "../../adapter-kit/contract.ts";
import { markFailed, NOTHING_HAPPENED, type Traces } from "./traces.ts";

/** One system's adapter; every call that goes to the system about records is a span. */
export function tracedSpoke(spoke: Spoke, system: string, traces: Traces): Spoke {
  const findByProbe = spoke.findByProbe?.bind(spoke);
  const call = spoke.call?.bind(spoke);
  const [versions, hook, listen] = [
    spoke.versions?.bind(spoke),
    spoke.hook?.bind(spoke),
    spoke.listen?.bind(spoke),
  ];
  return {
    changes: (entity, request) =>
      tracedPages(spoke.changes(entity, request), context.active(), system, entity, traces),
    read: (entity, localIds, signal) =>
      traces.span(`read ${system}`, clientOf(system, entity, localIds.length), async (span) => {
        const seen = await spoke.read(entity, localIds, signal);
        traces.mark(seen, span);
        return seen;
      }),
    write: (entity, requests, signal) => tracedWrite(spoke, system, traces, [entity, requests, signal]),
    ...(findByProbe && {
      findByProbe: (entity, probeKeys, signal) =>
        traces.span(`find ${system}`, clientOf(system, entity, probeKeys.length), () =>
          findByProbe(entity, probeKeys, signal),
        ),
    }),
    ...(call && { call: tracedCall(call, system, traces) }),
    ...(versions && { versions }),
    ...(hook && { hook }),
    ...(listen && { listen }),
    health: (signal) => spoke.health(signal),
    close: () => spoke.close(),
  };
}

function tracedCall(call: Call, system: string, traces: Traces): Call {
  return (operation, request) => {
    const attributes = { "nave.system": system, "nave.operation": operation };
    return traces.span(`${operation} ${system}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
      const reply = await call(operation, request);
      span.setAttribute("nave.outcome", reply.kind);
      if (reply.kind !== "done") markFailed(span, reply.kind);
      return reply;
    });
  };
}

type Call = NonNullable<Spoke["call"]>;

const clientOf = (system: string, entity: string, records: number) => ({
  kind: SpanKind.CLIENT,
  attributes: { "nave.system": system, "nave.entity": entity, "nave.records": records },
});

/** A page that brought nothing is of no interest. */
async function* tracedPages(
  pages: AsyncIterable<ChangesPage>,
  parent: Context,
  system: string,
  entity: string,
  traces: Traces,
): AsyncGenerator<ChangesPage> {
  const iterator = pages[Symbol.asyncIterator]();
  try {
    for (;;) {
      // A generator goes on in whatever context it was left in, which may be that of the page before.
      const next = await traces.spanIn(
        parent,
        `poll ${system}`,
        clientOf(system, entity, 0),
        async (span) => {
          const page = await iterator.next();
          const records = page.done ? 0 : page.value.observations.length;
          if (records === 0) span.setAttribute(NOTHING_HAPPENED, true);
          else span.setAttribute("nave.records", records);
          if (!page.done) traces.mark(page.value, span);
          return page;
        },
      );
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** The outcome of each record is told to the span of its delivery too. */
function tracedWrite(
  spoke: Spoke,
  system: string,
  traces: Traces,
  [entity, requests, signal]: Parameters<Spoke["write"]>,
): Promise<WriteOutcome[]> {
  return traces.span(`write ${system}`, clientOf(system, entity, requests.length), async (span) => {
    const outcomes = await spoke.write(entity, requests, signal);
    const counts = new Map<string, number>();
    for (const { kind } of outcomes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const [kind, count] of counts) span.setAttribute(`nave.outcome.${kind}`, count);
    const [single] = outcomes;
    if (outcomes.length === 1 && single && single.kind !== "written") markFailed(span, single.kind);
    for (const [index, request] of requests.entries()) tellMember(traces, request, outcomes[index]);
    return outcomes;
  });
}

function tellMember(traces: Traces, request: WriteRequest, outcome: WriteOutcome | undefined): void {
  const member = "probeKey" in request ? traces.memberOf(request.probeKey) : undefined;
  if (member === undefined || outcome === undefined) return;
  member.setAttributes({ "nave.write": request.kind, "nave.outcome": outcome.kind });
  if (outcome.kind !== "written") markFailed(member, outcome.kind);
}
