-- What flows tell people and other programs: by mail, by web hook, on the page.
create table nave.notification (
  id             uuid primary key,
  way            text not null check (way in ('mail', 'hook', 'console')),
  recipient      text not null,               -- an address, the name of a hook, or who is to look at it
  subject        text not null,
  body           jsonb not null,              -- a text; of a hook, any JSON
  once_key       text not null unique,        -- a message that comes again tells nothing twice
  state          text not null check (state in ('queued', 'sent', 'failed', 'dropped', 'open', 'acknowledged')),
  attempts       integer not null default 0,
  due_at         timestamptz not null default now(),
  allowed_ms     bigint not null,             -- how long it is tried
  give_up_at     timestamptz not null,
  problem        text,
  claimed_by     text,
  claimed_until  timestamptz,
  message_id     uuid,
  correlation_id uuid not null,
  entity         text,                        -- null: of none, as what a schedule starts
  canonical_id   uuid,
  created_at     timestamptz not null default now(),
  closed_at      timestamptz,
  closed_by      text
);
create index notification_due on nave.notification (due_at) where state = 'queued';
create index notification_open on nave.notification (created_at) where state = 'open';
create index notification_claimed on nave.notification (claimed_by) where claimed_by is not null;
create index notification_closed on nave.notification (closed_at) where closed_at is not null;
alter table nave.notification alter body set statistics 0;
