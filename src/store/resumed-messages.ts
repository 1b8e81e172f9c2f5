import type { JsonObject } from "../adapter-kit/contract.ts";
import type { FlowPlace } from "../flows/hub-port.ts";
import { json, type Sql } from "./database.ts";

/** A message that goes on from an output of a node that waited. */
export type NewResumed = FlowPlace & {
  id: string;
  /** Counted from 0. */
  output: number;
  /** The Node-RED message. */
  body: JsonObject;
  /** Of the record that it is about; null: of several, or of none. */
  entity: string | null;
  canonicalId: string | null;
  correlationId: string;
  causationId: string | null;
};

/** The sweeper publishes it. */
export async function insertResumed(sql: Sql, message: NewResumed): Promise<void> {
  await sql.query(
    `insert into nave.message (id, kind, state, flow, flow_version, node, output, body, entity, canonical_id,
       correlation_id, causation_id)
     values ($1, 'resumed', 'accepted', $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      message.id,
      message.flow,
      message.flowVersion,
      message.node,
      message.output,
      json(message.body),
      message.entity,
      message.canonicalId,
      message.correlationId,
      message.causationId,
    ],
  );
}

/**
 * Puts back what was parked because these nodes, with so many outputs, were missing: it goes on at this version. Closes its
 * dead letters.
 */
export async function reviveHeld(
  sql: Sql,
  nodes: readonly (FlowPlace & { outputs: number })[],
): Promise<number> {
  const rows = await sql.query<{ revived: number }>(
    `with revived as (
       update nave.message m set state = 'accepted', attempts = 0, due_at = now(), published_at = null, error = null,
         flow = live.flow, flow_version = live."flowVersion"
       from jsonb_to_recordset($1::jsonb) as live(flow text, "flowVersion" text, node text, outputs integer)
       where m.kind = 'resumed' and m.state = 'parked' and m.error->>'code' = 'NAVE_FLOW_MISSING'
         and m.node = live.node and m.output < live.outputs
       returning m.id),
     healed as (update nave.dead_letter set state = 'healed', closed_at = now(), closed_by = 'its node is deployed again'
       where state = 'open' and subject in (select 'message:' || id from revived))
     select count(*)::int as revived from revived`,
    [json(nodes)],
  );
  return rows[0]?.revived ?? 0;
}
