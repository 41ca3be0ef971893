-- People and who may do what. Access is read from here for every request and cached nowhere.
create table person (
  id text primary key,
  name text not null,
  email text,
  -- Labelled colleagues of a sample pilot: nobody can act as them.
  sample boolean not null default false,
  created_at timestamptz not null default now()
);

create table process (
  id text primary key,
  name text not null,
  owner_id text not null references person,
  -- Key of the sample it was made from; null for a firm's own process.
  sample_key text unique,
  draft jsonb,
  revision integer not null default 0,
  created_at timestamptz not null default now()
);

create table membership (
  process_id text not null references process on delete cascade,
  person_id text not null references person,
  role text not null check (role in ('owner', 'reviewer', 'leader')),
  primary key (process_id, person_id, role)
);
create index membership_of_person on membership (person_id);

create table session (
  token_hash text primary key,
  person_id text not null references person,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now()
);

-- A published map never changes: updates and deletes of a kept process are refused below.
create table map_version (
  process_id text not null references process on delete cascade,
  version integer not null,
  map jsonb not null,
  plan jsonb not null,
  plan_hash text not null,
  prompt_versions jsonb not null,
  published_at timestamptz not null default now(),
  published_by text not null references person,
  primary key (process_id, version)
);
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% rows never change', tg_table_name using errcode = '42501';
end $$;
create trigger map_version_stays before update on map_version for each row execute function refuse_change();

create table upload (
  id text primary key,
  process_id text not null references process on delete cascade,
  file_name text not null,
  bytes integer not null,
  sha256 text not null,
  content bytea not null,
  facts jsonb not null,
  uploaded_by text not null references person,
  uploaded_at timestamptz not null default now()
);

create table baseline (
  id text primary key,
  process_id text not null references process on delete cascade,
  version integer not null,
  source text not null,
  sha256 text not null,
  sample_data boolean not null,
  rejected_rows integer not null,
  figures jsonb not null,
  imported_by text not null references person,
  imported_at timestamptz not null default now(),
  unique (process_id, version)
);
create trigger baseline_stays before update on baseline for each row execute function refuse_change();

create table baseline_import (
  id text primary key,
  process_id text not null references process on delete cascade,
  status text not null check (status in ('reading', 'done', 'failed')),
  done integer not null default 0,
  total integer not null default 0,
  what text not null default '',
  baseline_id text references baseline on delete cascade,
  problem text,
  started_at timestamptz not null default now()
);

create table pilot (
  id text primary key,
  process_id text not null references process on delete cascade,
  map_version integer not null,
  baseline_id text references baseline,
  owner_id text not null references person,
  status text not null check (status in ('running', 'paused', 'ended')),
  started_at timestamptz not null default now(),
  decide_by timestamptz not null,
  undo_seconds integer not null default 10 check (undo_seconds between 0 and 60),
  -- IANA zone that days and weeks of the figures are cut in.
  zone text not null,
  sample boolean not null default false,
  sample_colleagues boolean not null default false,
  next_number integer not null default 1,
  foreign key (process_id, map_version) references map_version (process_id, version)
);
create index pilot_of_process on pilot (process_id);

create table case_batch (
  id text primary key,
  pilot_id text not null references pilot on delete cascade,
  total integer not null,
  started integer not null default 0,
  refused integer not null default 0,
  status text not null check (status in ('working', 'done')),
  rows jsonb not null,
  channel text not null,
  created_by text not null references person,
  created_at timestamptz not null default now()
);

create table case_run (
  id text primary key,
  pilot_id text not null references pilot on delete cascade,
  number integer not null,
  title text not null,
  external_key text not null,
  status text not null check (status in ('queued', 'running', 'waiting', 'done', 'cancelled', 'stalled')),
  map_version integer not null,
  step_id text,
  outcome text,
  sample boolean not null,
  started_by text not null references person,
  channel text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  last_event_at timestamptz not null,
  unique (pilot_id, number),
  unique (pilot_id, external_key)
);
create index case_run_newest on case_run (pilot_id, started_at desc, id desc);
create index case_run_open on case_run (pilot_id, started_at) where ended_at is null;

-- Starts that the engine has not been told of yet; written with the case, deleted when it was.
create table start_outbox (
  case_id text primary key references case_run on delete cascade,
  attempts integer not null default 0,
  next_at timestamptz not null default now()
);
create index start_outbox_due on start_outbox (next_at);

-- Field values, by reference: drafts, edits, forms, intake. The engine's history holds only the id and the hash.
create table document (
  id text primary key,
  case_id text not null references case_run on delete cascade,
  kind text not null check (kind in ('intake', 'draft', 'edit', 'form', 'raw')),
  sha256 text not null,
  bytes integer not null,
  body jsonb not null,
  meta jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index document_of_case on document (case_id);

-- The truth that figures and stories are made of.
create table case_event (
  case_id text not null references case_run on delete cascade,
  key text not null,
  pilot_id text not null,
  at timestamptz not null,
  type text not null,
  step_id text,
  event jsonb not null,
  primary key (case_id, key)
);
create index case_event_in_order on case_event (case_id, at);

-- One row per execution of a step's activity: what makes a retry return the stored result.
create table step_run (
  case_id text not null references case_run on delete cascade,
  exec_id text not null,
  step_id text not null,
  attempt integer not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  result jsonb,
  primary key (case_id, exec_id)
);

create table task (
  id text primary key,
  case_id text not null references case_run on delete cascade,
  pilot_id text not null references pilot on delete cascade,
  process_id text not null references process on delete cascade,
  step_id text not null,
  exec_id text not null,
  kind text not null check (kind in ('review', 'manual', 'by-hand', 'exception')),
  version integer not null,
  status text not null check (status in ('open', 'decided', 'closed')),
  shown_hash text not null,
  -- What the case knows of the task: options, outputs, excluded people.
  detail jsonb not null,
  inputs jsonb not null,
  draft jsonb,
  failure jsonb,
  step_authors text[] not null default '{}',
  why text not null,
  band text,
  to_check integer not null default 0,
  practice boolean not null default false,
  opened_at timestamptz not null,
  due_at timestamptz,
  allowed_ms bigint,
  escalated_to text references person,
  reading_by text references person,
  reading_since timestamptz,
  reading_until timestamptz,
  decided_by text references person,
  decided_at timestamptz,
  action text
);
-- The inbox: soonest due first, none last.
create index task_inbox on task (process_id, due_at asc nulls last, opened_at, id) where status = 'open';
create index task_of_case on task (case_id);
create index task_done on task (decided_by, decided_at) where status = 'decided';

-- Every try to decide, with what was sent; written before the engine is asked.
create table decision_attempt (
  decision_id text primary key,
  task_id text not null references task on delete cascade,
  task_version integer not null,
  actor text not null references person,
  body_hash text not null,
  args jsonb not null,
  at timestamptz not null default now(),
  outcome jsonb
);
create table decision (
  decision_id text primary key,
  task_id text not null references task on delete cascade,
  task_version integer not null,
  case_id text not null,
  actor text not null references person,
  action text not null,
  document_id text,
  reason text,
  note text,
  changed_share double precision,
  touch_ms bigint,
  at timestamptz not null,
  undone_at timestamptz
);
-- At most one decision that counts per task and version.
create unique index decision_that_counts on decision (task_id, task_version);

-- Sums that the canvas reads. Every row comes from case_event by domain/rollup.ts and can be made again.
create table step_day (
  pilot_id text not null references pilot on delete cascade,
  step_id text not null,
  day date not null,
  counter text not null,
  n integer not null,
  primary key (pilot_id, step_id, day, counter)
);
create table step_duration (
  pilot_id text not null references pilot on delete cascade,
  step_id text not null,
  measure text not null,
  bucket integer not null,
  n integer not null,
  primary key (pilot_id, step_id, measure, bucket)
);
create table step_week (
  pilot_id text not null references pilot on delete cascade,
  step_id text not null,
  week date not null,
  bucket integer not null,
  n integer not null,
  primary key (pilot_id, step_id, week, bucket)
);

-- What live pages are told. `xid` lets a reader stop below transactions that are still open.
create table stream_event (
  id bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default now(),
  pilot_id text not null,
  case_id text,
  task_id text,
  step_id text,
  type text not null
);
create index stream_event_in_order on stream_event (xid, id);

create table idempotency_key (
  actor text not null,
  route text not null,
  key text not null,
  body_hash text not null,
  status integer,
  reply jsonb,
  at timestamptz not null default now(),
  primary key (actor, route, key)
);

-- Append only; each row carries the hash of the one before.
create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  object_kind text not null,
  object_id text not null,
  process_id text,
  detail jsonb not null,
  body text not null,
  previous_hash text not null,
  hash text not null
);
create trigger audit_stays before update or delete on audit for each row execute function refuse_change();
create trigger audit_is_not_emptied before truncate on audit for each statement execute function refuse_change();
