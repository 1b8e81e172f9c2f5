-- What flows have handed over and go on with later, and the messages in which they do.

create table nave.wait (
  id             uuid primary key,
  kind           text not null,               -- decides what becomes of it when it falls due: 'collect', 'deadline', 'schedule'
  flow           text not null,               -- as it was called when the wait was opened
  flow_version   text not null,               -- as it was deployed then
  node           text not null,               -- that waits, and from which it goes on
  key            text not null,               -- what one wait of a node is told from another by; of a schedule, the due time
  state          text not null check (state in ('open', 'done', 'cancelled')), -- done: it went on; cancelled: it ended without
  due_at         timestamptz,                 -- null: time does not end it
  data           jsonb not null,              -- by kind
  cause_id       uuid,                        -- the message that opened it; null: a schedule's
  correlation_id uuid not null,
  created_at     timestamptz not null default now(),
  closed_at      timestamptz
);
create unique index wait_open on nave.wait (node, key) where state = 'open';
create unique index wait_firing on nave.wait (node, key) where kind = 'schedule';
create unique index wait_next_firing on nave.wait (node) where kind = 'schedule' and state = 'open';
create index wait_due on nave.wait (due_at) where state = 'open';
create index wait_known_by on nave.wait (kind, key) where state = 'open';
create index wait_closed on nave.wait (closed_at) where state <> 'open';

-- That a copy of a message has come to a node that waits: its redelivery does nothing twice, also after the wait has ended.
create table nave.wait_arrival (
  node       text not null,
  message_id uuid not null,
  part       text not null,                   -- tells the copies of one message apart
  wait_id    uuid references nave.wait on delete cascade, -- null: it found no wait to end
  position   bigint generated always as identity,
  body       jsonb,                           -- what is kept of it until the wait ends
  at         timestamptz not null default now(),
  primary key (node, message_id, part)
);
create index wait_arrival_order on nave.wait_arrival (wait_id, position);

-- A message of kind 'resumed' goes on in a flow where an earlier one was handed over. Its body is the Node-RED message. It is
-- of an entity where what it goes on with is; a schedule's is of none.
alter table nave.message
  drop constraint message_kind_check,
  add constraint message_kind_check check (kind in ('observed', 'changed', 'rerun', 'resumed')),
  alter column entity drop not null,
  add column flow text,
  add column flow_version text,
  add column node text,
  add column output integer,                  -- of the node, counted from 0
  add constraint message_goes_on check (case kind when 'resumed'
    then flow is not null and flow_version is not null and node is not null and output is not null
    else entity is not null end);
create index message_held on nave.message (node) where kind = 'resumed' and state = 'parked';

alter table nave.hop alter column entity drop not null;
alter table nave.dead_letter alter column entity drop not null;

alter table nave.wait alter data set statistics 0;
alter table nave.wait_arrival alter body set statistics 0;
