import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { connect } from "amqplib";
import { ServiceMissing } from "../../services/service-search.ts";
import { until } from "../../services/until.ts";
import { freePort, type OwnFolder, run } from "./own-folder.ts";
import type { Random } from "./random.ts";

const USUAL_PROGRAMS = "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin";
const STARTS_WITHIN_MS = 120_000;
/** Schedulers that wait busily take a core from everybody else on the machine. */
const QUIET_SCHEDULERS = "+sbwt none +sbwtdcpu none +sbwtdio none";

/** A RabbitMQ node of its own, which can be killed: own name, ports, cookie, folders and port mapper. */
export class OwnBroker {
  readonly #program: string;
  readonly #port: number;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #mapper: ChildProcess;
  #node: ChildProcess | undefined;
  #log = "";

  private constructor(program: string, port: number, environment: NodeJS.ProcessEnv, mapper: ChildProcess) {
    this.#program = program;
    this.#port = port;
    this.#environment = environment;
    this.#mapper = mapper;
  }

  /**
   * Makes a node in a run's folder and starts it.
   *
   * @throws ServiceMissing when RabbitMQ's or Erlang's programs are not there.
   */
  static async make(own: OwnFolder, random: Random): Promise<OwnBroker> {
    const program = findProgram();
    const folder = await own.make("broker");
    const [port, distPort, mapperPort] = [
      await freePort(random),
      await freePort(random),
      await freePort(random),
    ];
    const plugins = join(folder, "enabled_plugins");
    await writeFile(plugins, "[].\n");
    const environment = {
      ...own.environment,
      HOME: folder,
      ERL_EPMD_PORT: String(mapperPort),
      RABBITMQ_NODENAME: `nave-chaos-${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distPort),
      RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
      RABBITMQ_LOG_BASE: join(folder, "log"),
      RABBITMQ_PID_FILE: join(folder, "pid"),
      RABBITMQ_CONFIG_FILE: join(folder, "none"),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, "none-advanced"),
      RABBITMQ_CONF_ENV_FILE: join(folder, "none-env"),
      RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: QUIET_SCHEDULERS,
    };
    const mapper = spawn("epmd", ["-port", String(mapperPort)], { stdio: "ignore", env: environment });
    mapper.on("error", () => undefined);
    const broker = new OwnBroker(program, port, environment, mapper);
    try {
      await broker.start();
    } catch (error) {
      await broker.stop();
      throw error;
    }
    return broker;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.#port}`;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    this.#log = "";
    const node = spawn(this.#program, [], {
      stdio: ["ignore", "pipe", "pipe"],
      env: this.#environment,
      detached: true,
    });
    for (const stream of [node.stdout, node.stderr])
      stream.on("data", (bytes: Buffer) => (this.#log = (this.#log + String(bytes)).slice(-4000)));
    this.#node = node;
    const hasEnded = () => node.exitCode !== null || node.signalCode !== null;
    await until("RabbitMQ answers", async () => hasEnded() || (await this.answers()), STARTS_WITHIN_MS);
    if (hasEnded()) throw new Error(`RabbitMQ does not start: ${this.#log.slice(-1500)}`);
  }

  /** Kills the node with all processes that it has started. */
  async kill(): Promise<void> {
    const node = this.#node;
    if (node?.pid === undefined || node.exitCode !== null || node.signalCode !== null) return;
    const ended = once(node, "exit");
    process.kill(-node.pid, "SIGKILL");
    await ended;
  }

  /** Takes away all that the node keeps of a queue, but for its name: what a loss of power can leave of it. */
  async loseQueue(name: string): Promise<void> {
    const lose = `ra:force_delete_server(quorum_queues, {'%2F_${name}', node()}).`;
    const node = String(this.#environment["RABBITMQ_NODENAME"]);
    const program = join(dirname(this.#program), "rabbitmqctl");
    await run(program, ["--node", node, "eval", lose], { env: this.#environment });
  }

  async stop(): Promise<void> {
    await this.kill();
    this.#mapper.kill("SIGKILL");
  }

  async answers(): Promise<boolean> {
    try {
      const connection = await connect(this.url, { timeout: 3000 });
      await connection.close();
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return false;
    }
  }
}

function findProgram(): string {
  const folders = [...globSync(USUAL_PROGRAMS).sort().reverse(), ...(process.env["PATH"] ?? "").split(":")];
  const folder = folders.find((one) => existsSync(join(one, "rabbitmq-server")));
  if (folder !== undefined) return join(folder, "rabbitmq-server");
  throw new ServiceMissing(
    `the program rabbitmq-server was found neither in ${USUAL_PROGRAMS} nor in PATH: install RabbitMQ 3.10 or later`,
  );
}
