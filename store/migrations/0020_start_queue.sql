-- Starts are told to the engine in turn, pilot by pilot. The default lets a build that does not name the pilot go on
-- during a rolling upgrade: such orders count as one pilot of their own.
alter table start_outbox add column pilot_id text not null default '';
update start_outbox o set pilot_id = c.pilot_id from case_run c where c.id = o.case_id;
drop index start_outbox_due;
create index start_outbox_turn on start_outbox (pilot_id, next_at);

-- When the engine was told; until its first step such a case waits for a worker.
alter table case_run add column told_at timestamptz;
create index case_run_told on case_run (pilot_id) where status = 'queued' and told_at is not null;

-- Batches are worked on in turn.
alter table case_batch add column worked_at timestamptz;

-- What each person changes in the running minute, counted for all servers together. Lost in a crash without harm.
create unlogged table write_count (
  person_id text primary key,
  since timestamptz not null,
  n integer not null
);

-- What is forgotten after a day is found without reading the rest.
create index idempotency_key_age on idempotency_key (at);
create index stream_event_age on stream_event using brin (at);
