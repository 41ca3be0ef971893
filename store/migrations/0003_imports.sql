-- What an import was asked to do, so that whoever takes it up after a crash can do it.
alter table baseline_import
  add column upload_id text references upload on delete cascade,
  add column request jsonb,
  add column requested_by text references person,
  add column lease_until timestamptz;
create index baseline_import_open on baseline_import (started_at) where status = 'reading';

-- How many of its rows were dealt with.
alter table case_batch add column handled integer not null default 0;
create index case_batch_open on case_batch (created_at) where status = 'working';

-- When a pilot last moved, without reading all of its cases.
create index case_run_last_event on case_run (pilot_id, last_event_at);
