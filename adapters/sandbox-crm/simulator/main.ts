import { parseArgs } from "node:util";
import { generateDemo, seedDemo } from "./demo-data.ts";
import { startServer } from "./server.ts";

/**
 * Runs the Sandbox CRM as a process of its own: `node main.ts --port 4010 --file crm.sqlite --hook-url http://... --demo 1000`.
 * `--demo` fills an empty one with so many customers and three orders for each.
 */
const { values } = parseArgs({
  options: {
    port: { type: "string" },
    file: { type: "string" },
    "hook-url": { type: "string" },
    demo: { type: "string" },
  },
});
const server = await startServer({
  port: Number(values.port ?? 4010),
  ...(values.file === undefined ? {} : { file: values.file }),
  ...(values["hook-url"] === undefined ? {} : { hookUrl: values["hook-url"] }),
});
const customers = Number(values.demo ?? 0);
if (customers > 0 && (await server.all("product")).length === 0) {
  await seedDemo(server, generateDemo({ customers, products: 60, orders: customers * 3 }));
}
console.log(`Sandbox CRM (a stand-in) at ${server.url}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.close().then(() => process.exit(0)));
}
