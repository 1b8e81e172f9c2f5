-- What every record that passes costs.

-- No statement needs it, and the planner took it for the way to a single record.
drop index nave.shadow_observed;

-- A claim is written without a single index: what a worker held that has died is looked for once, and that is noted with the worker.
drop index nave.wish_claimed;
alter table nave.worker add column released_at timestamptz;
alter table nave.wish set (fillfactor = 50);

-- Nothing is ever looked for by a whole body: statistics of them are work for nothing.
alter table nave.message alter column native set statistics 0, alter column body set statistics 0,
  alter column outcome set statistics 0, alter column error set statistics 0;
alter table nave.canonical_record alter column body set statistics 0, alter column provenance set statistics 0;
alter table nave.shadow alter column native set statistics 0, alter column canonical set statistics 0,
  alter column written set statistics 0;
alter table nave.wish alter column body set statistics 0, alter column error set statistics 0;
alter table nave.intent alter column request set statistics 0, alter column sent set statistics 0;
alter table nave.hop alter column text set statistics 0, alter column before set statistics 0,
  alter column after set statistics 0;
