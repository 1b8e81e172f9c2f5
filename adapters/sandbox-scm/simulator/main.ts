import { parseArgs } from "node:util";
import { startServer } from "./server.ts";

/** Runs the sandbox supplier as a process of its own: `node main.ts --folder ./supplier --port 4030 --file supplier.sqlite`. */
const { values } = parseArgs({
  options: { folder: { type: "string" }, port: { type: "string" }, file: { type: "string" } },
});
const server = await startServer({
  port: Number(values.port ?? 4030),
  ...(values.folder === undefined ? {} : { folder: values.folder }),
  ...(values.file === undefined ? {} : { file: values.file }),
});
console.log(
  `Sandbox supplier (a stand-in) in ${server.settings["directory"] as string}, controlled at ${server.url}`,
);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.close().then(() => process.exit(0)));
}
