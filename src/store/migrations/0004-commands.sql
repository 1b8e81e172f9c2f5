-- Commands are in use from here on: whose story they belong to, who sends them, and what stands in the way of their key.
alter table nave.command
  add column entity        text,               -- of the message that caused it; null: a schedule's
  add column canonical_id  uuid,               -- the record it is about, where there is one
  add column allowed_ms    bigint not null,    -- from queueing to the deadline; a retry by a person gets as much again
  add column sent_at       timestamptz,        -- when it was sent last; its fate shows after the system's settle time at the latest
  add column held          boolean not null default false, -- failed, and a person decides what happens now
  add column problem       text,               -- why it has not been done yet
  add column published_at  timestamptz,
  add column claimed_by    text,
  add column claimed_until timestamptz;

drop index nave.command_due;
-- What keeps later commands of the same key waiting.
create index command_ahead on nave.command (system, business_key, sequence)
  where state in ('queued', 'sent') or (held and on_failure = 'block');
create index command_published on nave.command (published_at) where state in ('queued', 'sent') and published_at is not null;
create index command_unpublished on nave.command (due_at) where state in ('queued', 'sent') and published_at is null;
create index command_deadline on nave.command (deadline) where state in ('queued', 'sent');
create index command_claimed on nave.command (claimed_by) where claimed_by is not null;
create index command_closed on nave.command (closed_at) where closed_at is not null;

-- Messages that wait for the reply to a command; they say which.
create index message_awaits_command on nave.message ((error->>'command'))
  where state = 'waiting' and error->>'command' is not null;

alter table nave.command alter args set statistics 0, alter reply set statistics 0;
