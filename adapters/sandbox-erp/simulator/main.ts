import { parseArgs } from "node:util";
import { startServer } from "./server.ts";

/** Runs the Sandbox ERP as a process of its own: `node main.ts --port 4020 --file erp.sqlite`. */
const { values } = parseArgs({ options: { port: { type: "string" }, file: { type: "string" } } });
const server = await startServer({
  port: Number(values.port ?? 4020),
  ...(values.file === undefined ? {} : { file: values.file }),
});
console.log(`Sandbox ERP (a stand-in) at ${server.url}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.close().then(() => process.exit(0)));
}
