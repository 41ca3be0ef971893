-- Sample processes that a demo server can make: written by the one-machine stack, read by the API.
create table sample_template (
  key text primary key,
  template jsonb not null,
  updated_at timestamptz not null default now()
);
