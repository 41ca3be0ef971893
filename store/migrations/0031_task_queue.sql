-- The order in which people are asked: soonest due first, none last. As one value, so that a place in it is a range.
create index task_queue on task (process_id, (coalesce(due_at, 'infinity'::timestamptz)), opened_at, id)
  where status = 'open';
drop index task_inbox;
