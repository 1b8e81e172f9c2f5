-- What an alert rule has found. A row lasts as long as the number is at fault; a restart finds it and tells nothing twice.
create table nave.alert (
  rule      text not null,
  labels    jsonb not null,                    -- of the sample
  metric    text not null,
  value     double precision not null,         -- when it was last looked at
  since     timestamptz not null default now(), -- at fault since
  fired_at  timestamptz,                       -- told first; null: not at fault for long enough yet
  told_at   timestamptz,                       -- told last
  primary key (rule, labels)
);
