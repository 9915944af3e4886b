-- Which model put the words into blocks: how often people changed what it was sure of is told for each.
alter table holdpoint.drafts add column model text;
