-- Questions to people (kind 'approve'), the undo steps of processes (kind 'undo') and what undoes them (kind 'undo all') are
-- waits. People look at what waits, newest first.
create index wait_open_since on nave.wait (created_at, id) where state = 'open';
create index wait_approvals on nave.wait (created_at, id) where kind = 'approve';
