-- How a pilot is run now: new cases begin so.
alter table pilot
  add column by_hand boolean not null default false,
  add column by_hand_steps text[] not null default '{}';

-- Shown beside the status of a case. `began_by_hand` is how its pilot was run when it was accepted.
alter table case_run
  add column paused boolean not null default false,
  add column by_hand boolean not null default false,
  add column by_hand_steps text[] not null default '{}',
  add column began_by_hand boolean not null default false,
  add column began_by_hand_steps text[] not null default '{}';

-- A task knows its own map, which inside a contained map is not the case's; `path` is the step as events name it.
-- Null as long as a worker of an older build writes tasks: then it is the case's own map.
alter table task
  add column map_id text,
  add column map_version integer,
  add column path text;
update task t set map_id = t.process_id, map_version = c.map_version, path = t.step_id
  from case_run c where c.id = t.case_id;

-- What cases wait for beside people; a row is closed by the end of the visit.
create table case_wait (
  case_id text not null references case_run on delete cascade,
  exec_id text not null,
  step_id text not null,
  since timestamptz not null,
  until timestamptz,
  message text,
  ended_at timestamptz,
  primary key (case_id, exec_id)
);
create index case_wait_open on case_wait (case_id) where ended_at is null;

-- A command for many cases, carried out case by case and in the order of `place`.
create table command_batch (
  id text primary key,
  place bigint generated always as identity,
  pilot_id text not null references pilot on delete cascade,
  kind text not null check (kind in ('pause', 'resume', 'go-by-hand', 'come-back', 'retry', 'move')),
  step_id text,
  to_version integer,
  -- Old step to new step, for moves.
  step_ids jsonb not null default '{}',
  reason text not null,
  created_by text not null references person,
  created_at timestamptz not null default now()
);
create index command_batch_of_pilot on command_batch (pilot_id, place desc);

create table command_batch_case (
  batch_id text not null references command_batch on delete cascade,
  case_id text not null references case_run on delete cascade,
  -- The task that is tried anew; '' for commands to the case itself.
  task_id text not null default '',
  place bigint not null,
  status text not null default 'pending'
    check (status in ('pending', 'trying', 'waiting', 'succeeded', 'failed', 'skipped')),
  why text not null default '',
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  primary key (batch_id, case_id, task_id)
);
create index command_batch_case_due on command_batch_case (next_at)
  where status in ('pending', 'trying', 'waiting');
create index command_batch_case_order on command_batch_case (case_id, place)
  where status in ('pending', 'trying', 'waiting');
