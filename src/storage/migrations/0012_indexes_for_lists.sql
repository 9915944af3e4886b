-- The reviews of one thread, closed ones too, in the order of the list.
create index reviews_by_thread on holdpoint.reviews (tenant_id, thread_id, opened_at, review_id);
-- What the worker looks for every half minute.
create index threads_temporary on holdpoint.threads (updated_at) where temporary;
