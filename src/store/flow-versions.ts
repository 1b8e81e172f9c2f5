import type { JsonObject } from "../adapter-kit/contract.ts";
import type { NodeConfig } from "../flows/node-red.ts";
import type { FlowDifference } from "../flows/versions/compare-flows.ts";
import { type Database, json, type Sql } from "./database.ts";

export type EpochOrigin = "editor" | "files" | "rollback" | "promotion" | "command";

/** One deploy. Numbers follow one another, from 1. */
export type Epoch = {
  number: number;
  at: Date;
  author: string | null;
  comment: string | null;
  origin: EpochOrigin;
};

/** A flow as an epoch has it. `draft`: it is there and does not run. */
export type Deployment = { flow: string; version: string; state: "live" | "draft" };

/** A flow that an epoch is to have. */
export type FlowToDeploy = Deployment & {
  tab: string;
  /** Its own nodes, and the subflows and configuration nodes that it uses; without credentials. */
  nodes: readonly NodeConfig[];
  /** From its version in the epoch before; null: none. */
  difference: FlowDifference | null;
};

export type NewEpoch = Pick<Epoch, "author" | "comment" | "origin"> & {
  /** The newest epoch that its author knew; 0: none. */
  after: number;
  /** Every flow; one that is left out is removed. */
  flows: readonly FlowToDeploy[];
};

const EPOCH = "number, at, author, comment, origin";

/**
 * Records a deploy, in one transaction with `work`: where that throws, nothing is recorded.
 *
 * @returns its number; or the newest epoch, where that is another than the author of this one knew: nothing was done.
 */
export async function recordEpoch(
  db: Database,
  epoch: NewEpoch,
  work: () => Promise<void> = async () => {},
): Promise<{ recorded: number } | { newest: Epoch }> {
  return db.transaction(async (sql) => {
    const newest = await readNewestEpoch(sql);
    const number = epoch.after + 1;
    const isNext = (newest?.number ?? 0) === epoch.after && (await insertEpoch(sql, number, epoch));
    if (!isNext) return { newest: (await readNewestEpoch(sql)) as Epoch };
    await insertVersions(sql, epoch.flows);
    await insertDeployments(sql, number, epoch.flows);
    await work();
    return { recorded: number };
  });
}

/** @returns false when somebody else has deployed an epoch of this number. */
async function insertEpoch(sql: Sql, number: number, epoch: NewEpoch): Promise<boolean> {
  const rows = await sql.query(
    `insert into nave.flow_epoch (number, author, comment, origin) values ($1, $2, $3, $4)
     on conflict do nothing returning 1`,
    [number, epoch.author, epoch.comment, epoch.origin],
  );
  return rows.length === 1;
}

async function insertVersions(sql: Sql, flows: readonly FlowToDeploy[]): Promise<void> {
  await sql.query(
    `insert into nave.flow_version (flow, version, tab, nodes)
     select flow, version, tab, nodes from json_to_recordset($1::json) as f(flow text, version text, tab text, nodes json)
     on conflict do nothing`,
    [json(flows.map(({ flow, version, tab, nodes }) => ({ flow, version, tab, nodes })))],
  );
}

async function insertDeployments(sql: Sql, epoch: number, flows: readonly FlowToDeploy[]): Promise<void> {
  await sql.query(
    `insert into nave.flow_deployment (epoch, flow, version, state, difference)
     select $1, flow, version, state, difference
     from jsonb_to_recordset($2::jsonb) as f(flow text, version text, state text, difference jsonb)`,
    [
      epoch,
      json(flows.map(({ flow, version, state, difference }) => ({ flow, version, state, difference }))),
    ],
  );
}

export async function readNewestEpoch(sql: Sql): Promise<Epoch | undefined> {
  const [row] = await sql.query<Epoch>(`select ${EPOCH} from nave.flow_epoch order by number desc limit 1`);
  return row;
}

export async function readEpoch(sql: Sql, number: number): Promise<Epoch | undefined> {
  const [row] = await sql.query<Epoch>(`select ${EPOCH} from nave.flow_epoch where number = $1`, [number]);
  return row;
}

/** The flows of an epoch, by name. */
export async function selectDeployments(sql: Sql, epoch: number): Promise<Deployment[]> {
  return sql.query<Deployment>(
    "select flow, version, state from nave.flow_deployment where epoch = $1 order by flow",
    [epoch],
  );
}

/** What a deploy did to one flow. `version` null: it removed it. */
export type FlowHistory = Epoch & {
  version: string | null;
  state: "live" | "draft" | null;
  difference: JsonObject | null;
};

/** The deploys that changed this flow, the newest first. `before`: of earlier epochs only. */
export async function selectFlowHistory(
  sql: Sql,
  flow: string,
  { limit, before = null }: { limit: number; before?: number | null },
): Promise<FlowHistory[]> {
  return sql.query<FlowHistory>(
    `with changes as (
       select e.number, e.at, e.author, e.comment, e.origin, d.version, d.state, d.difference,
         lag(d.version) over (order by e.number) as before
       from nave.flow_epoch e left join nave.flow_deployment d on d.epoch = e.number and d.flow = $1)
     select number, at, author, comment, origin, version, state, difference from changes
     where version is distinct from before and ($3::bigint is null or number < $3) order by number desc limit $2`,
    [flow, limit, before],
  );
}

/** All versions that a flow has had, the one that was there last first. `isNow`: the newest epoch has it. */
export async function selectVersionsOf(
  sql: Sql,
  flow: string,
): Promise<{ version: string; isNow: boolean }[]> {
  return sql.query(
    `select version, max(epoch) = (select max(number) from nave.flow_epoch) as "isNow"
     from nave.flow_deployment where flow = $1 group by version order by max(epoch) desc`,
    [flow],
  );
}

/** The newest deploy of each flow that changed it. */
export async function selectLastChanges(sql: Sql): Promise<(Epoch & { flow: string })[]> {
  return sql.query<Epoch & { flow: string }>(
    `select distinct on (d.flow) d.flow, e.number, e.at, e.author, e.comment, e.origin
     from nave.flow_deployment d join nave.flow_epoch e on e.number = d.epoch
     where d.difference is not null order by d.flow, d.epoch desc`,
  );
}

/** @returns false when this epoch did not change this flow. */
export async function updateEpochComment(
  sql: Sql,
  flow: string,
  epoch: number,
  comment: string,
): Promise<boolean> {
  const rows = await sql.query(
    `update nave.flow_epoch e set comment = $3 where number = $2
       and exists (select 1 from nave.flow_deployment d where d.epoch = e.number and d.flow = $1 and d.difference is not null)
     returning 1`,
    [flow, epoch, comment],
  );
  return rows.length > 0;
}

/** Its tab and its nodes; undefined: there is no such version. */
export async function readFlowVersion(
  sql: Sql,
  flow: string,
  version: string,
): Promise<{ tab: string; nodes: NodeConfig[] } | undefined> {
  const [row] = await sql.query<{ tab: string; nodes: NodeConfig[] }>(
    "select tab, nodes from nave.flow_version where flow = $1 and version = $2",
    [flow, version],
  );
  return row;
}

/** What is still under way in older flows: of which epoch, which entities; and at which version of which flow. */
export type InUse = {
  pinned: { epoch: number; entity: string }[];
  goingOn: { flow: string; version: string }[];
};

const UNSETTLED = "state in ('accepted', 'waiting')";

/** Reads one index entry for each of what it returns, however much is under way: it is asked for about once a second. */
export async function selectVersionsInUse(sql: Sql): Promise<InUse> {
  const [row] = await sql.query<InUse>(
    `with recursive
       ${eachOf("pinned", "nave.message", ["epoch", "entity"], `epoch is not null and ${UNSETTLED}`)},
       ${eachOf("going_on", "nave.message", ["flow", "flow_version"], `kind = 'resumed' and ${UNSETTLED}`)},
       ${eachOf("waiting", "nave.wait", ["flow", "flow_version"], "state = 'open' and kind <> 'schedule'")}
     select
       (select coalesce(jsonb_agg(jsonb_build_object('epoch', a, 'entity', b)), '[]') from pinned) as pinned,
       (select coalesce(jsonb_agg(jsonb_build_object('flow', a, 'version', b)), '[]')
         from (select * from going_on union select * from waiting) as places) as "goingOn"`,
  );
  return row ?? { pinned: [], goingOn: [] };
}

/** The different values of two columns, each found in the index on them as the next that is greater than the one before. */
function eachOf(name: string, table: string, [a, b]: [string, string], where: string): string {
  const next = (more: string) =>
    `select ${a} as a, ${b} as b from ${table} where ${where} ${more} order by ${a}, ${b} limit 1`;
  return `${name} as ((${next("")}) union all
    select n.a, n.b from ${name} l cross join lateral (${next(`and (${a}, ${b}) > (l.a, l.b)`)}) n)`;
}

/** These messages belong to the flows that are newest when they come to them next. */
export async function unpinMessages(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query("update nave.message set epoch = null where id = any($1::uuid[])", [ids]);
}

/** From now on these messages belong to the newest flows; one that goes on does so at the newest version of its flow. */
export async function repinMessages(sql: Sql, ids: readonly string[]): Promise<void> {
  const newest = "(select max(number) from nave.flow_epoch)";
  await sql.query(
    `update nave.message m set epoch = case when kind <> 'resumed' then ${newest} end,
       flow_version = coalesce((select d.version from nave.flow_deployment d where d.epoch = ${newest} and d.flow = m.flow),
         m.flow_version)
     where id = any($1::uuid[])`,
    [ids],
  );
}
