import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export type ReceivedMail = { from: string; to: string[]; headers: Map<string, string>; text: string };

/** An SMTP server on the loopback address that keeps what it is given, and can be made to refuse it. */
export type MailServer = {
  port: number;
  mails: ReceivedMail[];
  /** Answers to the next recipients: a reply code each; 0 takes the mail and cuts the connection before answering. */
  refuse: number[];
  close(): Promise<void>;
};

export async function startMailServer(login?: { user: string; password: string }): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const refuse: number[] = [];
  let isCut = false;
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS", ...(login ? [] : ["AUTH"])],
    allowInsecureAuth: true,
    authOptional: login === undefined,
    onAuth({ username, password }, _session, callback) {
      if (username === login?.user && password === login?.password) callback(null, { user: username });
      else callback(Object.assign(new Error("wrong name or password"), { responseCode: 535 }));
    },
    onRcptTo(_address, _session, callback) {
      const code = refuse.shift();
      isCut = code === 0;
      if (code === undefined || code === 0) callback();
      else callback(Object.assign(new Error("not here"), { responseCode: code }));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        mails.push({
          from,
          to: rcptTo.map(({ address }) => address),
          ...read(Buffer.concat(chunks).toString("utf8")),
        });
        if (isCut) server.connections.forEach((connection) => connection.close());
        else callback();
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return { port, mails, refuse, close: () => new Promise((resolve) => server.close(resolve)) };
}

function read(raw: string): { headers: Map<string, string>; text: string } {
  const end = raw.indexOf("\r\n\r\n");
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n\s+/g, " ")
    .split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: new Map(headers), text: raw.slice(end + 4).trimEnd() };
}
