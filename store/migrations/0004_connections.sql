-- Other systems that calls of a process may ask. Header values are secrets: sealed here, opened in the call alone.
create table connection (
  process_id text not null references process on delete cascade,
  name text not null,
  base_url text not null,
  -- The owner says that this address lies inside the firm's own network.
  private_address boolean not null,
  changed_by text not null references person,
  changed_at timestamptz not null default now(),
  primary key (process_id, name)
);
create table connection_header (
  process_id text not null,
  name text not null,
  header text not null,
  sealed text not null,
  primary key (process_id, name, header),
  foreign key (process_id, name) references connection on delete cascade
);

-- The master keys that secrets were sealed with, each with a text that only this key opens.
create table secret_key (
  kid text primary key,
  proof text not null,
  since timestamptz not null default now()
);

-- When an attempt began to send what must not be sent twice; null while nothing was sent.
alter table step_run add column sent_at timestamptz;

alter table document drop constraint document_kind_check;
alter table document add constraint document_kind_check
  check (kind in ('intake', 'draft', 'edit', 'form', 'raw', 'entries', 'system'));
