-- After the store was restored from an older copy, each source is read knowing that much has happened since: the number of
-- the first observation that counts as made after the restore. Null: nothing to catch up with.
alter table nave.checkpoint add column catching_up_from bigint;
