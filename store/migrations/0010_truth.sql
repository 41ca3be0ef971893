-- Where a case is, is said by its newest event; `place_order` tells those of one instant apart, so that the
-- answer does not depend on the order in which events arrive.
alter table case_run
  add column place_order text collate "C" not null default '',
  -- The engine cannot move the case since then, and why.
  add column stalled_since timestamptz,
  add column stall text check (stall in ('failing', 'lost'));
update case_run c set place_order = e.place
from (
  select distinct on (case_id) case_id, place from (
    select case_id, at,
      (case when key ~ '^f[0-9]+$' then lpad(substr(key, 2), 12, '0')
        when type = 'step-entered' then '000001000000' else '000001000001' end || ':' || key) collate "C" as place
    from case_event
    where type in ('step-entered', 'task-decided', 'sent-back', 'task-opened', 'task-undone')) placed
  order by case_id, at desc, place desc) e
where e.case_id = c.id and c.ended_at is null;
create index case_run_open_by_id on case_run (id) where ended_at is null;
create index case_run_stalled on case_run (pilot_id, step_id) where stalled_since is not null;

-- A deadline that passed says which version of the task it closed.
update case_event e set event = e.event || jsonb_build_object('closes',
  case when (e.event->>'tier')::int = 0 and exists (
    select 1 from case_event x where x.case_id = e.case_id and x.type = 'exception-entered'
      and x.event->>'cause' = 'sla-breached' and x.event->>'execId' = e.event->>'execId')
  then (regexp_match(e.key, ':v([0-9]+):[0-9]+$'))[1]::int end)
where e.type = 'sla-breached' and not e.event ? 'closes';

-- What the reconciler last saw of an open case, on both sides: while neither moves there is nothing to compare.
create table case_check (
  case_id text primary key references case_run on delete cascade,
  seen text not null,
  agrees boolean not null,
  -- What differs, for whoever looks into it; null when nothing does.
  differs text,
  checked_at timestamptz not null
);
create index case_check_differs on case_check (case_id) where not agrees;
-- One row: how far the round over waiting cases has come, and what the last round found.
create table reconciler (
  id boolean primary key default true check (id),
  cursor text not null default '',
  ran_at timestamptz,
  took_ms integer,
  report jsonb
);
insert into reconciler (id) values (true);
create index decision_attempt_unanswered on decision_attempt (task_id) where outcome is null;
