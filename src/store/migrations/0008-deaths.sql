-- How often the process has died over a message, and when it last did: one death is counted once.
alter table nave.message add column deaths integer not null default 0, add column died_at timestamptz;
