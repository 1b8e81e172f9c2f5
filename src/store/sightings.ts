import type { JsonObject } from "../adapter-kit/contract.ts";
import type { Sql } from "./database.ts";

/** What has been seen of one record and not been settled. */
export type Sighting = { localId: string; native: JsonObject };

const UNSETTLED = "state in ('accepted', 'waiting', 'parked', 'dropped') and kind = 'observed'";

/** By its local id; later than the observation of this number, the oldest first. */
export async function selectSightingsOf(
  sql: Sql,
  record: { system: string; entity: string; localId: string },
  after: number,
): Promise<Sighting[]> {
  return sql.query<Sighting>(
    `select local_id as "localId", native from nave.message
     where system = $1 and entity = $2 and local_id = $3 and ${UNSETTLED} and observation_number > $4 and not deleted
     order by observation_number`,
    [record.system, record.entity, record.localId, after],
  );
}

/** By the hub's key in it, the newest first. */
export async function selectSightingsByProbe(
  sql: Sql,
  { system, entity, probe, probeKey }: { system: string; entity: string; probe: string; probeKey: string },
): Promise<Sighting[]> {
  return sql.query<Sighting>(
    `select local_id as "localId", native from nave.message
     where system = $1 and entity = $2 and ${UNSETTLED} and not deleted and native->>$3 = $4
     order by observation_number desc`,
    [system, entity, probe, probeKey],
  );
}
