-- Questions to people (kind 'approve'), undo steps of processes (kind 'undo') and the undoing itself (kind 'undo all') are waits.
alter table nave.wait add column process text;   -- of an undo and its undoing: name and key of the process that they belong to
create unique index wait_undoing on nave.wait (process) where kind = 'undo all' and state = 'open';
create index wait_process on nave.wait (process) where state = 'open' and process is not null;
-- People look at what waits, newest first.
create index wait_open_since on nave.wait (created_at, id) where state = 'open';
create index wait_approvals on nave.wait (created_at, id) where kind = 'approve';
