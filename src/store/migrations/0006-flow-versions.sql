-- Which flows there are since when: every deploy is one epoch, and a message stays with the epoch in which it was accepted.

-- What a version of a flow consists of. Rows stay as they are: a version is a fingerprint of what the flow does.
create table nave.flow_version (
  flow       text not null,                   -- name of its folder
  version    text not null,
  tab        text not null,
  nodes      json not null,                   -- its own, and the subflows and configuration nodes that it uses; no credentials.
                                              -- Not jsonb: the version is made of their text, in its order
  created_at timestamptz not null default now(),
  primary key (flow, version)
);
alter table nave.flow_version alter nodes set statistics 0;

create table nave.flow_epoch (
  number  bigint primary key,                 -- one after the other: of two deploys on the same epoch the second is refused
  at      timestamptz not null default clock_timestamp(),
  author  text,                               -- null: nobody who logged in
  comment text,
  origin  text not null check (origin in ('editor', 'files', 'rollback', 'promotion', 'command'))
);

-- Every flow of every epoch; one that is missing in an epoch was removed by it.
create table nave.flow_deployment (
  epoch      bigint not null references nave.flow_epoch,
  flow       text not null,
  version    text not null,
  state      text not null check (state in ('live', 'draft')),
  difference jsonb,                           -- from its version in the epoch before; null: none
  primary key (epoch, flow),
  foreign key (flow, version) references nave.flow_version
);
create index flow_deployment_flow on nave.flow_deployment (flow, epoch);
alter table nave.flow_deployment alter difference set statistics 0;

-- Null: accepted before there were epochs, or held: it belongs to the epoch that is newest when it comes to its flows next. What goes
-- on where an earlier message waited is pinned by its flow_version instead.
alter table nave.message add column epoch bigint;
-- Which epochs are still needed, and for which entities.
create index message_pinned on nave.message (epoch, entity) where epoch is not null and state in ('accepted', 'waiting');
create index message_goes_on_in on nave.message (flow, flow_version) where kind = 'resumed' and state in ('accepted', 'waiting');
create index wait_goes_on_in on nave.wait (flow, flow_version) where state = 'open' and kind <> 'schedule';
