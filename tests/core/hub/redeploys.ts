import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeConfig } from "../../../src/flows/node-red.ts";
import { publishMessages } from "../../../src/receive/publish.ts";
import type { Database } from "../../../src/store/database.ts";
import { insertMessages, type NewMessage } from "../../../src/store/messages.ts";
import { drawFlow, functionNode, writeFlows } from "../../flows/draw.ts";
import { until } from "../../services/until.ts";
import { serveHub } from "../http/served-hub.ts";

export type Redeploys = {
  deploys: number;
  /** From one deploy to the next. */
  everyMs: number;
  messagesPerSecond: number;
};

export type Figures = {
  messages: number;
  deployed: number;
  /** Messages that are not settled, or without effect. */
  lost: number;
  /** Of more than one effect. */
  doubled: number;
  /** That went through another version than that of their epoch. */
  astray: number;
  failed: number;
  /** From being accepted to being settled, of those that take no time of their own. */
  delayMs: { p50: number; p99: number; max: number };
  /** Of those that are held in a node for a second: beyond that second. */
  heldDelayMs: { p50: number; max: number };
};

const HELD_MS = 1000;
const ONE_HELD_IN = 100;
const BATCH_EVERY_MS = 50;

const markOf = (version: number) => `msg.payload.mark = "${version}"; return msg;`;
/** Its effect, a deadline, is a row that tells at which version it was started. */
const flow = drawFlow("deadlines", {
  in: { type: "record in", entity: "customer", kind: "observed", system: "", wire: ["mark"] },
  mark: functionNode(markOf(1), ["hold"]),
  hold: {
    type: "switch",
    property: "payload.held",
    propertyType: "msg",
    rules: [{ t: "true" }, { t: "else" }],
    checkall: "false",
    repair: false,
    outputs: 2,
    wire: ["wait", "start"],
  },
  wait: {
    type: "delay",
    pauseType: "delay",
    timeout: String(HELD_MS),
    timeoutUnits: "milliseconds",
    outputs: 1,
    wire: ["start"],
  },
  start: {
    type: "deadline",
    mode: "start",
    deadline: "call",
    key: "payload.name",
    dueType: "duration",
    due: "1 d",
    wire: ["", "missed"],
  },
  missed: { type: "reject", reason: "not called", owner: "sales" },
});

/** Deploys the flow anew again and again from its editor, each time with something else in it, while messages go through it. */
export async function redeploy({ deploys, everyMs, messagesPerSecond }: Redeploys): Promise<Figures> {
  const { flowsDir } = await writeFlows({ deadlines: flow });
  const hub = await serveHub({ hub: { flowsDir } });
  try {
    const { db } = hub.running.hub;
    const deploy = await deployer(hub.url, hub.running.firstPassword ?? "");
    const traffic = { over: false, messages: 0 };
    const sending = (async () => {
      const began = Date.now();
      while (!traffic.over) {
        const wanted = Math.floor(((Date.now() - began) / 1000) * messagesPerSecond) - traffic.messages;
        const batch = Array.from({ length: wanted }, (_, n) =>
          customer((traffic.messages + n) % ONE_HELD_IN === 0),
        );
        await insertMessages(db, batch, true);
        await publishMessages(hub.running.hub, batch);
        traffic.messages += batch.length;
        await sleep(BATCH_EVERY_MS);
      }
    })();
    try {
      for (let version = 2; version < deploys + 2; version += 1) {
        await sleep(everyMs);
        await deploy(markOf(version));
      }
      await sleep(everyMs);
    } finally {
      traffic.over = true;
      await sending;
    }
    const open = async () =>
      (await db.query("select 1 from nave.message where state not in ('settled', 'parked') limit 1")).length;
    await until("all messages are settled", async () => (await open()) === 0, 600_000);
    return await figuresOf(db, traffic.messages, deploys);
  } finally {
    await hub.close();
    await rm(flowsDir, { recursive: true, force: true });
  }
}

function customer(held: boolean): NewMessage {
  const id = randomUUID();
  return {
    id,
    kind: "observed",
    entity: "customer",
    system: "crm",
    localId: id,
    canonicalId: null,
    observationNumber: 1,
    native: {},
    fingerprint: id,
    body: { held, name: id },
    lockToken: null,
    modifiedAt: null,
    deleted: false,
    state: "accepted",
    correlationId: id,
    causationId: null,
    error: null,
  };
}

/** Logs in to the editor. @returns what deploys the flow with this function in it. */
async function deployer(hubUrl: string, password: string): Promise<(code: string) => Promise<void>> {
  const url = `${hubUrl}/editor`;
  const login = {
    client_id: "node-red-editor",
    grant_type: "password",
    scope: "*",
    username: "admin",
    password,
  };
  const answer = await fetch(`${url}/auth/token`, { method: "POST", body: new URLSearchParams(login) });
  const { access_token } = (await answer.json()) as { access_token: string };
  const headers = {
    authorization: `Bearer ${access_token}`,
    "content-type": "application/json",
    "node-red-api-version": "v2",
  };
  return async (code) => {
    const drawn = (await (await fetch(`${url}/flows`, { headers })).json()) as {
      flows: NodeConfig[];
      rev: string;
    };
    const flows = drawn.flows.map((node) => (node.id === "deadlines.mark" ? { ...node, func: code } : node));
    const body = JSON.stringify({ flows, rev: drawn.rev });
    const deployed = await fetch(`${url}/flows`, { method: "POST", headers, body });
    if (!deployed.ok) throw new Error(`not deployed: ${deployed.status} ${await deployed.text()}`);
  };
}

async function figuresOf(db: Database, messages: number, deploys: number): Promise<Figures> {
  const [row] = await db.query<Figures>(
    `with each as (
       select m.state, m.attempts, (m.body->>'held')::boolean as held,
         extract(epoch from m.settled_at - m.created_at) * 1000 as ms,
         count(w.id) as effects, bool_or(w.flow_version <> d.version) as astray
       from nave.message m left join nave.wait w on w.cause_id = m.id left join nave.flow_deployment d on d.epoch = m.epoch
       group by m.id)
     select $1::int - count(*) filter (where state = 'settled' and effects > 0)::int as lost,
       count(*) filter (where effects > 1)::int as doubled,
       count(*) filter (where astray)::int as astray,
       count(*) filter (where attempts > 0 or state <> 'settled')::int as failed,
       jsonb_build_object(
         'p50', round(percentile_disc(0.5) within group (order by ms) filter (where not held)),
         'p99', round(percentile_disc(0.99) within group (order by ms) filter (where not held)),
         'max', round(max(ms) filter (where not held))) as "delayMs",
       jsonb_build_object(
         'p50', round(percentile_disc(0.5) within group (order by ms) filter (where held)) - $2::int,
         'max', round(max(ms) filter (where held)) - $2::int) as "heldDelayMs"
     from each`,
    [messages, HELD_MS],
  );
  const [epochs] = await db.query<{ count: number }>("select count(*)::int as count from nave.flow_epoch");
  if (epochs?.count !== deploys + 1) throw new Error(`${epochs?.count} epochs after ${deploys} deploys`);
  return { ...(row as Figures), messages, deployed: deploys };
}
