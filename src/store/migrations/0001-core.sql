-- The hub's memory. Whatever is under way is a row here before it is a message anywhere.

create sequence nave.observation_number;

-- One row per connected system: what keeps it from being read or written just now.
create table nave.system_state (
  system          text primary key,
  paused_by       text,                       -- who paused it; null: runs
  read_only       boolean not null default false,
  shadow_mode     boolean not null default false, -- compute and show, write nothing
  recovery_since  timestamptz,                -- a generation went back: no create without a probe, references verified
  failures        integer not null default 0, -- in a row
  retry_at        timestamptz,                -- circuit open until then
  last_error      text,
  last_ok_at      timestamptz,
  clock_skew_ms   integer,
  generation      text
);

-- How far each source has been read. Moves by compare-and-set on revision.
create table nave.checkpoint (
  system       text not null,
  entity       text not null,
  value        jsonb,
  revision     integer not null default 0,
  scanned_at   timestamptz,                   -- end of the last complete scan
  full_scan_at timestamptz,
  taken_in_at  timestamptz,                   -- read from the start, and all of it merged: may be written from then on
  primary key (system, entity)
);

-- Everything that enters a flow: observations of systems, changes of canonical records, reruns.
create table nave.message (
  id                 uuid primary key,
  kind               text not null check (kind in ('observed', 'changed', 'rerun')),
  entity             text not null,
  system             text,
  local_id           text,
  canonical_id       uuid,
  observation_number bigint,
  native             jsonb,
  fingerprint        text,                    -- of native and the deleted flag; recognises re-reads
  body               jsonb not null,
  lock_token         text,
  modified_at        timestamptz,
  deleted            boolean not null default false,
  state              text not null check (state in ('accepted', 'waiting', 'settled', 'superseded', 'parked', 'dropped')),
  outcome            jsonb,                   -- what merging it gave; answers every redelivery
  attempts           integer not null default 0,
  due_at             timestamptz not null default now(),
  published_at       timestamptz,
  created_at         timestamptz not null default now(),
  settled_at         timestamptz,
  correlation_id     uuid not null,
  causation_id       uuid,
  error              jsonb
);
create index message_due on nave.message (published_at) where state = 'accepted' and published_at is not null;
create index message_unpublished on nave.message (due_at) where state = 'accepted' and published_at is null;
create index message_unsettled_record on nave.message (system, entity, local_id)
  where state in ('accepted', 'waiting', 'parked', 'dropped');
create index message_open_count on nave.message (state, system, entity) where state in ('accepted', 'waiting', 'parked');
create index message_canonical on nave.message (entity, canonical_id);
create index message_settled on nave.message (settled_at) where state in ('settled', 'superseded');

-- The golden records.
create table nave.canonical_record (
  entity      text not null,
  id          uuid not null,
  version     integer not null,
  body        jsonb not null,
  provenance  jsonb not null default '{}',    -- field path -> {system, at, rule, message}
  archived    boolean not null default false,
  merged_into uuid,                           -- set on a duplicate: the survivor
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  primary key (entity, id)
);

create index canonical_record_updated on nave.canonical_record (entity, updated_at);

create table nave.cross_reference (
  entity       text not null,
  system       text not null,
  local_id     text not null,
  canonical_id uuid not null,
  is_primary   boolean not null default true, -- false: a second record of the same thing in the same system
  created_at   timestamptz not null default now(),
  primary key (entity, system, local_id)
);
create unique index cross_reference_primary on nave.cross_reference (entity, canonical_id, system) where is_primary;
create index cross_reference_canonical on nave.cross_reference (entity, canonical_id);

-- What each system holds, as far as the hub knows.
create table nave.shadow (
  system             text not null,
  entity             text not null,
  local_id           text not null,
  native             jsonb not null,
  canonical          jsonb not null,
  written            jsonb not null default '{}', -- field path -> value as wished where the target holds its own form of it
  fingerprint        text not null,           -- of native; recognises re-reads
  lock_token         text,
  modified_at        timestamptz,
  observation_number bigint not null,
  observed_at        timestamptz not null default now(),
  known              boolean not null default true, -- false: read back before the next write
  deleted            boolean not null default false,
  primary key (system, entity, local_id)
);

create index shadow_observed on nave.shadow (system, entity, observed_at);
create index shadow_unknown on nave.shadow (system) where not known;

-- The standing order that a system shall hold a body.
create table nave.wish (
  system            text not null,
  entity            text not null,
  canonical_id      uuid not null,
  action            text not null check (action in ('hold', 'archive')),
  body              jsonb not null,
  canonical_version integer not null,
  revision          integer not null default 1, -- counts upserts; a write commits against the revision it was made for
  state             text not null check (state in ('open', 'waiting', 'met', 'parked', 'in-doubt')),
  attempts          integer not null default 0,
  due_at            timestamptz not null default now(),
  published_at      timestamptz,
  claimed_by        text,
  claimed_until     timestamptz,
  message_id        uuid,
  correlation_id    uuid not null,
  error             jsonb,
  updated_at        timestamptz not null default now(),
  writes            integer not null default 0,
  burst_writes      integer not null default 0,  -- within the minute that began at burst_since
  burst_since       timestamptz,
  primary key (system, entity, canonical_id)
);
create index wish_published on nave.wish (published_at) where state = 'open' and published_at is not null;
create index wish_unpublished on nave.wish (due_at) where state = 'open' and published_at is null;
create index wish_claimed on nave.wish (claimed_by) where claimed_by is not null;
create index wish_unmet on nave.wish (state, system, entity) where state <> 'met';

-- On record before anything is sent; open after a crash means: find out.
create table nave.intent (
  id             uuid primary key,
  system         text not null,
  entity         text not null,
  canonical_id   uuid not null,
  kind           text not null check (kind in ('create', 'update', 'archive')),
  local_id       text,
  request        jsonb not null,
  sent           jsonb not null,              -- canonical field path -> value sent; null: as absent
  wish_revision  integer not null,
  state          text not null check (state in ('open', 'done', 'failed', 'in-doubt')),
  claimed_by     text not null,
  probes         integer not null default 0,  -- how often the target answered "not found" after its settle time
  created_at     timestamptz not null default now(),
  closed_at      timestamptz
);
create unique index intent_unsettled on nave.intent (system, entity, canonical_id) where state in ('open', 'in-doubt');
create index intent_closed on nave.intent (closed_at) where closed_at is not null;

-- Who waits for a reference: a message for a local id to get a canonical id, a wish for a canonical id to get a local id.
create table nave.reference_wait (
  waiter       text not null,                 -- 'message:<id>' or 'wish:<system>/<entity>/<canonical id>'
  entity       text not null,
  system       text not null,
  local_id     text not null default '',
  canonical_id text not null default '',
  since        timestamptz not null default now(),
  primary key (waiter, entity, system, local_id, canonical_id)
);
create index reference_wait_target on nave.reference_wait (entity, system, local_id, canonical_id);

create table nave.conflict (
  id           uuid primary key,
  entity       text not null,
  canonical_id uuid not null,
  path         text not null,
  system       text not null,
  offered      jsonb,                         -- what the system wants; null: absent
  kept         jsonb,                         -- what the canonical record had
  base         jsonb,                         -- what both last agreed on
  rule         text not null,
  decision     text not null check (decision in ('open', 'taken', 'kept')),
  decided_by   text,
  message_id   uuid not null,
  created_at   timestamptz not null default now(),
  decided_at   timestamptz,
  fingerprint  text not null
);
create unique index conflict_open on nave.conflict (entity, canonical_id, path, system, fingerprint) where decision = 'open';
create index conflict_record on nave.conflict (entity, canonical_id);

-- Blocking keys of the matcher.
create table nave.match_key (
  entity       text not null,
  kind         text not null,
  value        text not null,
  canonical_id uuid not null,
  primary key (entity, kind, value, canonical_id)
);
create index match_key_record on nave.match_key (entity, canonical_id);

-- Pairs a person has to look at, and what was decided.
create table nave.match_review (
  id           uuid primary key,
  entity       text not null,
  system       text not null,
  local_id     text not null,
  message_id   uuid not null,
  candidate_id uuid not null,
  score        integer not null,
  reasons      jsonb not null,
  blocking     boolean not null,              -- the record waits for the decision
  decision     text not null check (decision in ('open', 'same', 'different')),
  decided_by   text,
  created_at   timestamptz not null default now(),
  decided_at   timestamptz,
  unique (entity, system, local_id, candidate_id)
);
create index match_review_blocking on nave.match_review (entity, system, candidate_id) where decision = 'open' and blocking;

-- What merging two identities did, so that it can be undone.
create table nave.identity_merge (
  id          uuid primary key,
  entity      text not null,
  survivor_id uuid not null,
  absorbed_id uuid not null,
  before      jsonb not null,                 -- both records, their cross references and wishes as they stood
  merged_by   text not null,
  merged_at   timestamptz not null default now(),
  undone_at   timestamptz
);

create table nave.dead_letter (
  id           uuid primary key,
  subject      text not null,                 -- 'message:<id>', 'wish:<system>/<entity>/<canonical id>' or 'command:<id>'
  system       text,
  entity       text not null,
  canonical_id uuid,
  local_id     text,
  code         text not null,
  text         text not null,
  detail       jsonb not null,
  owner        text not null,
  state        text not null check (state in ('open', 'retried', 'dropped', 'healed')),
  created_at   timestamptz not null default now(),
  closed_at    timestamptz,
  closed_by    text
);
create unique index dead_letter_open on nave.dead_letter (subject) where state = 'open';
create index dead_letter_record on nave.dead_letter (entity, system, local_id) where state = 'open';

-- Requests to a system, journalled one by one, in order per business key.
create table nave.command (
  id              uuid primary key,
  sequence        bigint generated always as identity,
  system          text not null,
  operation       text not null,
  business_key    text not null,
  args            jsonb not null,
  idempotency_key text not null,
  on_failure      text not null check (on_failure in ('block', 'skip')),
  deadline        timestamptz not null,
  attempts        integer not null default 0,
  due_at          timestamptz not null default now(),
  state           text not null check (state in ('queued', 'sent', 'done', 'refused', 'timed-out', 'in-doubt')),
  reply           jsonb,
  message_id      uuid,
  correlation_id  uuid not null,
  created_at      timestamptz not null default now(),
  closed_at       timestamptz,
  unique (system, idempotency_key)
);
create index command_due on nave.command (system, business_key, sequence) where state in ('queued', 'sent');

-- The story of every message: one row per step.
create table nave.hop (
  id             bigint generated always as identity primary key,
  at             timestamptz not null default clock_timestamp(),
  correlation_id uuid not null,
  message_id     uuid,
  entity         text not null,
  canonical_id   uuid,
  system         text,
  local_id       text,
  step           text not null,
  text           text not null,
  before         jsonb,
  after          jsonb
);
create index hop_canonical on nave.hop (entity, canonical_id);
create index hop_correlation on nave.hop (correlation_id);
create index hop_at on nave.hop using brin (at);

-- Every value a person may look a record up by, in lower case.
create table nave.business_key (
  value        text not null,
  kind         text not null,
  entity       text not null,
  canonical_id uuid,
  message_id   uuid,
  unique nulls not distinct (value, kind, entity, canonical_id, message_id)
);
create index business_key_canonical on nave.business_key (entity, canonical_id);
create index business_key_message on nave.business_key (message_id) where message_id is not null;

-- More records vanished at once than the brake allows: a person confirms or dismisses.
create table nave.delete_hold (
  id         uuid primary key,
  system     text not null,
  entity     text not null,
  local_ids  jsonb not null,
  known      integer not null,                -- how many the hub knew before
  decision   text not null check (decision in ('open', 'confirmed', 'dismissed')),
  decided_by text,
  created_at timestamptz not null default now(),
  decided_at timestamptz
);
create unique index delete_hold_open on nave.delete_hold (system, entity) where decision = 'open';

create table nave.reconciliation (
  id          uuid primary key,
  system      text not null,
  entity      text not null,
  depth       text not null check (depth in ('full', 'changed')),
  started_at  timestamptz not null default now(),
  finished_at timestamptz,
  compared    integer not null default 0,
  bodies_read integer not null default 0,
  missing     integer not null default 0,     -- the system lacks it
  extra       integer not null default 0,     -- the hub lacks it
  different   integer not null default 0,
  error       text
);
create index reconciliation_latest on nave.reconciliation (system, entity, finished_at desc);

create table nave.finding (
  reconciliation_id uuid not null references nave.reconciliation on delete cascade,
  number            integer not null,
  kind              text not null check (kind in ('missing', 'extra', 'different', 'mismatched-reference')),
  canonical_id      uuid,
  local_id          text,
  path              text,
  hub               jsonb,
  system_value      jsonb,
  repaired_at       timestamptz,
  primary key (reconciliation_id, number)
);

-- Which worker serves which partition. The epoch fences: it grows with every change of owner.
create table nave.lease (
  partition text primary key,
  owner     text,
  epoch     bigint not null default 0,
  until     timestamptz
);
create table nave.worker (
  id         text primary key,
  role       text not null,
  started_at timestamptz not null default now(),
  seen_at    timestamptz not null default now()
);

create table nave.setting (
  name  text primary key,
  value jsonb not null
);

-- Who may use the console and the editor. Passwords as scrypt hashes.
create table nave.account (
  name          text primary key,
  password_hash text not null,
  role          text not null check (role in ('admin', 'operator', 'viewer')),
  created_at    timestamptz not null default now()
);

-- What people did.
create table nave.audit (
  id     bigint generated always as identity primary key,
  at     timestamptz not null default now(),
  actor  text not null,
  action text not null,
  detail jsonb not null
);

-- Nobody searches inside these: gathering statistics of them would cost much and tell nothing.
alter table nave.message alter native set statistics 0, alter body set statistics 0, alter outcome set statistics 0,
  alter error set statistics 0;
alter table nave.canonical_record alter body set statistics 0, alter provenance set statistics 0;
alter table nave.shadow alter native set statistics 0, alter canonical set statistics 0, alter written set statistics 0;
alter table nave.wish alter body set statistics 0, alter error set statistics 0;
alter table nave.intent alter request set statistics 0, alter sent set statistics 0;
alter table nave.hop alter text set statistics 0, alter before set statistics 0, alter after set statistics 0;
