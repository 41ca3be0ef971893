-- By which values messages find a case: the key fields of the steps that wait for one.
create table case_key (
  case_id text not null references case_run on delete cascade,
  pilot_id text not null,
  message text not null,
  value text not null,
  primary key (case_id, message, value)
);
create index case_key_by_value on case_key (pilot_id, value, message);

-- Messages, stored before they are acknowledged. `outcome` is null until the case has taken or refused it.
create table message (
  pilot_id text not null references pilot on delete cascade,
  message_id text not null,
  case_id text not null references case_run on delete cascade,
  name text not null,
  body_hash text not null,
  -- What the case is told, and the fields that its document holds.
  args jsonb not null,
  fields jsonb not null,
  sent_by text not null references person,
  process_id text not null,
  at timestamptz not null default now(),
  outcome jsonb,
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  primary key (pilot_id, message_id)
);
create index message_due on message (next_at) where outcome is null;
create index message_of_case on message (case_id);
