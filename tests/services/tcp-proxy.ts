import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A relay between a client and a real server, with which a test does to the connection what networks do. */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #pairs = new Set<{ client: Socket; target: Socket }>();
  #silent = false;
  /** Connections that have missed something. */
  readonly #gaps = new Set<{ client: Socket; target: Socket }>();
  #refusing = false;
  #delayMs = 0;
  readonly #held: (() => void)[] = [];

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#relay(client));
  }

  static async start(target: { host: string; port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** The same address with the proxy's host and port in it. */
  static async before(url: string, usualPort: number): Promise<{ proxy: TcpProxy; url: string }> {
    const address = new URL(url);
    const proxy = await TcpProxy.start({ host: address.hostname, port: Number(address.port || usualPort) });
    address.hostname = "127.0.0.1";
    address.port = String(proxy.port);
    return { proxy, url: address.href };
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Breaks every connection at once, without a goodbye. */
  cut(): void {
    for (const { client, target } of this.#pairs) {
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
  }

  /** Lets new connections in, or turns them away. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
  }

  /**
   * Swallows what the server says, as when a switch has lost its mind; what the client says still arrives. Afterwards the
   * connections that have missed something are broken: no network goes on behind a gap.
   */
  silence(silent: boolean): void {
    this.#silent = silent;
    if (silent) return;
    for (const { client, target } of this.#gaps) {
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
    this.#gaps.clear();
  }

  /** Ends every client's receiving side as if the server had finished; what the client says still arrives, and nothing is heard of it. */
  halfClose(): void {
    for (const { client } of this.#pairs) client.end();
  }

  /** Holds back what either side says from now on for so long; 0: not at all. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Neither refuses, silences nor delays any more. */
  heal(): void {
    this.#refusing = false;
    this.silence(false);
    this.#delayMs = 0;
  }

  /** Says something to every client in the server's name. */
  inject(bytes: Buffer): void {
    for (const { client } of this.#pairs) client.write(bytes);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  /** In order: what is said during a delay never overtakes what was said before. */
  #pass(write: () => void): void {
    if (this.#delayMs === 0 && this.#held.length === 0) {
      write();
      return;
    }
    this.#held.push(write);
    setTimeout(() => this.#held.shift()?.(), this.#delayMs);
  }

  #relay(client: Socket): void {
    if (this.#refusing) {
      client.resetAndDestroy();
      return;
    }
    const target = connect({ ...this.#target, allowHalfOpen: true });
    const pair = { client, target };
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      this.#gaps.delete(pair);
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) socket.on("error", end).on("close", end);
    client.on("data", (bytes) => this.#pass(() => target.write(bytes)));
    client.on("end", () => target.end());
    target.on("end", () => client.end());
    target.on("data", (bytes) => {
      if (this.#silent) this.#gaps.add(pair);
      else this.#pass(() => client.writable && client.write(bytes));
    });
  }
}
