import { fileURLToPath } from "node:url";
import { type Client, createClientAsync, type IHttpClient } from "soap";
import { type HttpClient, type JsonObject, NaveError } from "../../src/adapter-kit/index.ts";

const WSDL = fileURLToPath(new URL("./service.wsdl", import.meta.url));
const NAMESPACE = "urn:sandbox-erp:1";

/** Decimals and times stay the text that was sent: a JavaScript number or Date would change them. */
const AS_TEXT = { decimal: String, dateTime: String, date: String };

/** What the ERP says about a request in place of an answer. */
export class SoapFault extends Error {
  readonly detail: JsonObject;

  constructor(detail: JsonObject) {
    super(typeof detail["Text"] === "string" ? detail["Text"] : "The ERP answered with a fault");
    this.detail = detail;
  }
}

export type SoapCall = { operation: string; args: JsonObject; signal: AbortSignal; writes: boolean };
export type SoapTransport = {
  /** Throws SoapFault, or NaveError as the HTTP client does. An empty answer may come as 404; it is then `{}`. */
  call: (call: SoapCall) => Promise<JsonObject>;
};

type SoapMethod = (args: JsonObject, options: object) => Promise<[JsonObject | null]>;

/**
 * Speaks SOAP by the WSDL through the `soap` package; requests go through the kit's HTTP client, and `sessionId` is asked
 * for the session of each one.
 */
export async function soapTransport(
  http: HttpClient,
  sessionId: () => string | undefined,
): Promise<SoapTransport> {
  const options = { customDeserializer: AS_TEXT, preserveWhitespace: true, httpClient: viaKit(http) };
  const client: Client = await createClientAsync(WSDL, options);
  client.addSoapHeader(() => {
    const session = sessionId();
    return session === undefined ? "" : `<erp:SessionId xmlns:erp="${NAMESPACE}">${session}</erp:SessionId>`;
  });
  return {
    call: async ({ operation, args, signal, writes }) => {
      const method = client[`${operation}Async`] as SoapMethod;
      try {
        const [reply] = await method(args, { signal, writes });
        return reply ?? {};
      } catch (error) {
        throw translated(error, operation, writes);
      }
    },
  };
}

/** The `soap` package's idea of an HTTP client, made of the kit's. The base address is the endpoint. */
function viaKit(http: HttpClient): IHttpClient {
  const request = async (
    _url: string,
    body: string,
    callback: (error: unknown, response?: object, body?: string) => void,
    headers: Record<string, string>,
    options: Pick<SoapCall, "signal" | "writes">,
  ): Promise<void> => {
    const { signal, writes } = options;
    let text: string;
    try {
      const response = await http({ method: "POST", path: "", body, headers, signal, writes, expect: [500] });
      text = readEnvelope(response.status, response.text);
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, { headers: {} }, text);
  };
  return { request } as unknown as IHttpClient;
}

function readEnvelope(status: number, text: string): string {
  if (status === 404) throw new NothingFound();
  if (!/<(?:\w+:)?Envelope[\s>]/.test(text) || text.includes("<!DOCTYPE")) throw new NoEnvelope();
  return text;
}

class NothingFound extends Error {}
/** The cause of an error: the ERP did answer, with a page of HTML or the like. */
export class NoEnvelope extends Error {}

/** The package's own errors quote the whole answer, which may hold personal data: none of their text is kept. */
function translated(error: unknown, operation: string, writes: boolean): unknown {
  if (error instanceof NaveError) return error;
  if (error instanceof NothingFound) return new SoapFault({ Code: "MISSING", Text: "Nothing found" });
  const detail = faultDetail(error);
  if (detail) return new SoapFault(detail);
  const text = `${operation} got no usable answer: no SOAP envelope`;
  const cause = error instanceof NoEnvelope ? error : undefined;
  return new NaveError(writes ? "NAVE_WRITE_IN_DOUBT" : "NAVE_SYSTEM_UNAVAILABLE", text, {}, cause);
}

function faultDetail(error: unknown): JsonObject | undefined {
  const { root } = error as {
    root?: { Envelope?: { Body?: { Fault?: { detail?: { Error?: JsonObject } } } } };
  };
  const fault = root?.Envelope?.Body?.Fault;
  return fault && (fault.detail?.Error ?? {});
}
