import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Where a system sends its web hooks: passed on to whichever hub takes them just now, or to nobody. */
export type HookRelay = { url: string; close(): Promise<void> };

export async function startHookRelay(target: () => string | undefined): Promise<HookRelay> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client));
    client.on("error", () => client.destroy());
    const url = target();
    if (url === undefined) {
      client.destroy();
      return;
    }
    const hub = connect(Number(new URL(url).port), "127.0.0.1");
    hub.on("error", () => client.destroy());
    client.on("close", () => hub.destroy());
    client.pipe(hub).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hooks/crm`, close: () => closeServer(server, clients) };
}

function closeServer(server: Server, clients: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const client of clients) client.destroy();
  });
}
