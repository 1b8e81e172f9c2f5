import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { type Fields, hexIn, messagesIn, readFields, textIn } from "./protobuf.ts";

export type CollectedSpan = {
  traceId: string;
  spanId: string;
  /** Empty: the trace begins with it. */
  parentId: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string }[];
  failed: boolean;
  /** Attributes of the process that sent it. */
  resource: Record<string, unknown>;
};

export type Collector = {
  url: string;
  spans: CollectedSpan[];
  /** Of every request. */
  headers: IncomingHttpHeaders[];
  close(): Promise<void>;
};

/** Takes OTLP traces over HTTP, as a collector does. @param port  0: any that is free. */
export async function startCollector(port = 0): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      headers.push(request.headers);
      if (request.url !== "/v1/traces") return response.writeHead(404).end();
      spans.push(...spansIn(Buffer.concat(parts)));
      return response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await once(server.listen(port, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Names from the beginning of the trace down to the span, as far as its spans are there. */
export function chainTo(spans: readonly CollectedSpan[], last: CollectedSpan): string[] {
  const above = spans.find(({ spanId, traceId }) => spanId === last.parentId && traceId === last.traceId);
  return [...(above ? chainTo(spans, above) : []), last.name];
}

/** https://github.com/open-telemetry/opentelemetry-proto, trace/v1/trace.proto: ExportTraceServiceRequest. */
function spansIn(body: Buffer): CollectedSpan[] {
  return messagesIn(readFields(body), 1).flatMap((ofResource) => {
    const resource = attributesIn(messagesIn(ofResource, 1)[0] ?? new Map(), 1);
    return messagesIn(ofResource, 2).flatMap((ofScope) =>
      messagesIn(ofScope, 2).map((span) => spanOf(span, resource)),
    );
  });
}

function spanOf(span: Fields, resource: Record<string, unknown>): CollectedSpan {
  return {
    traceId: hexIn(span, 1),
    spanId: hexIn(span, 2),
    parentId: hexIn(span, 4),
    name: textIn(span, 5),
    kind: Number(span.get(6)?.[0] ?? 0),
    attributes: attributesIn(span, 9),
    links: messagesIn(span, 13).map((link) => ({ traceId: hexIn(link, 1), spanId: hexIn(link, 2) })),
    failed: messagesIn(span, 15).some((status) => status.get(3)?.[0] === 2n),
    resource,
  };
}

function attributesIn(fields: Fields, number: number): Record<string, unknown> {
  return Object.fromEntries(
    messagesIn(fields, number).map((pair) => [textIn(pair, 1), valueOf(messagesIn(pair, 2)[0] ?? new Map())]),
  );
}

function valueOf(value: Fields): unknown {
  if (value.has(1)) return textIn(value, 1);
  if (value.has(2)) return value.get(2)?.[0] === 1n;
  if (value.has(3)) return Number(value.get(3)?.[0]);
  const [double] = value.get(4) ?? [];
  if (double instanceof Buffer) return double.readDoubleLE();
  return undefined;
}
