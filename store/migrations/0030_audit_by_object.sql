-- What the audit tells of one object is found without reading the rest: a request that is sent again is noted once.
create index audit_of_object on audit (object_kind, object_id);
