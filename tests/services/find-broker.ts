import { connect } from "amqplib";
import { findService, installPackages, run } from "./service-search.ts";
import { until } from "./until.ts";

const LOCAL = "amqp://guest:guest@127.0.0.1:5672";

export function ensureBroker(): Promise<string> {
  return findService({
    variable: "AMQP_URL_TEST",
    usual: [LOCAL],
    answers,
    installPackage,
    compose: { service: "rabbitmq", address: "amqp://guest:guest@127.0.0.1:55672" },
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    const connection = await connect(url, { timeout: 5_000 });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

async function installPackage(): Promise<void> {
  await installPackages("rabbitmq-server");
  await run("service", "rabbitmq-server", "start");
  await until("RabbitMQ answers", () => answers(LOCAL), 120_000);
}
