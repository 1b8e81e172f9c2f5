-- What each process of the hub is, as of its last sign of life. Tickets: what it has taken from the queues since its start.
alter table nave.worker
  add column host text not null default '',
  add column cpu_ms bigint not null default 0,
  add column tickets bigint not null default 0;

-- Records that some process wants to have read again soon, for the one that reads their system.
create table nave.hint (
  system   text not null,
  entity   text not null,
  local_id text not null,
  noted_at timestamptz not null default clock_timestamp(),
  primary key (system, entity, local_id)
);

-- Scans that some process wants now, for the one that reads the system. Gone when whoever asked has heard how it ended.
create table nave.scan_request (
  id         uuid primary key,
  system     text not null,
  entity     text not null,
  everything boolean not null,
  state      text not null default 'open' check (state in ('open', 'running', 'done', 'failed')),
  claimed_by text,
  progress   jsonb not null default '{}',
  problem    jsonb,
  asked_at   timestamptz not null default now()
);
create index scan_request_open on nave.scan_request (system) where state in ('open', 'running');
