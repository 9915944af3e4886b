-- What the last calls of a tool were, for what is new or unusual about the next one.
create index executions_of_tool on holdpoint.executions (tenant_id, tool, started_at desc) where state = 'succeeded';
