-- alone: the origins of a record's fields are packed from this version on, which an older one does not read.
-- Indexes that no statement needs, or that none needs any more: each costs every record that passes.

-- Messages are found by id, by what is left to do, and by the record they are about.
drop index nave.message_canonical;
-- What is open is counted by message_unsettled_record.
drop index nave.message_open_count;

-- The hub knows which keys a record had, and takes away just those.
drop index nave.match_key_record;
drop index nave.business_key_canonical;

-- A story is read by its record or correlation, and sorted then.
alter table nave.hop drop constraint hop_pkey;

-- Room beside each message for the next version of it: what merging it gave is then written without a single index.
alter table nave.message set (fillfactor = 50);
