// Boots a Vendure server on the PostgreSQL database named by DATABASE_URL and says its port; ends when its standard input does.
// With SHOP_TABLES=make it makes the tables first.
import { createHash } from "node:crypto";
import {
  bootstrap,
  DefaultJobQueuePlugin,
  DefaultLogger,
  dummyPaymentHandler,
  LogLevel,
} from "@vendure/core";
import { NavePlugin } from "./nave-plugin.js";

const database = new URL(process.env.DATABASE_URL);

/** Tests log in hundreds of times; Vendure's own hash takes a quarter of a second each time. */
const quickHash = (text) => createHash("sha256").update(text).digest("hex");

const app = await bootstrap({
  apiOptions: { hostname: "127.0.0.1", port: 0, adminApiPath: "admin-api", shopApiPath: "shop-api" },
  authOptions: {
    tokenMethod: ["bearer"],
    requireVerification: false,
    superadminCredentials: { identifier: process.env.SHOP_USER, password: process.env.SHOP_PASSWORD },
    cookieOptions: { secret: "only for tests" },
    passwordHashingStrategy: {
      hash: async (text) => quickHash(text),
      check: async (text, hash) => quickHash(text) === hash,
    },
  },
  dbConnectionOptions: {
    type: "postgres",
    host: database.hostname,
    port: Number(database.port || 5432),
    username: decodeURIComponent(database.username),
    password: decodeURIComponent(database.password),
    database: database.pathname.slice(1),
    synchronize: process.env.SHOP_TABLES === "make",
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Error }),
  plugins: [DefaultJobQueuePlugin.init({ pollInterval: 1000 }), NavePlugin],
});

console.log(`READY ${app.getHttpServer().address().port}`);
process.stdin.on("end", () => process.exit(0)).resume();
