-- Of messages whose trace somebody else had begun: the span with which it goes on in the hub. The trace of all others is named by
-- their correlation id.
create table nave.trace_origin (
  correlation_id uuid primary key,
  traceparent    text not null,
  noted_at       timestamptz not null default now()
);
create index trace_origin_noted on nave.trace_origin (noted_at);
create index trace_origin_trace on nave.trace_origin (substring(traceparent, 4, 32));

-- Of a hint that came in such a trace.
alter table nave.hint add column traceparent text;
