// The conversation's id stands in the address: a reload, a bookmark and a colleague find the same conversation.
import { useCallback, useEffect, useState } from "react";

const name = "thread";

export function useThreadInUrl(): [string | null, (threadId: string | null) => void] {
  const [threadId, setThreadId] = useState(inUrl);
  useEffect(() => {
    const look = () => setThreadId(inUrl());
    addEventListener("popstate", look);
    return () => removeEventListener("popstate", look);
  }, []);
  const goTo = useCallback((next: string | null) => {
    const url = new URL(location.href);
    if (next === null) url.searchParams.delete(name);
    else url.searchParams.set(name, next);
    if (url.href !== location.href) history.pushState(null, "", url);
    setThreadId(next);
  }, []);
  return [threadId, goTo];
}

function inUrl(): string | null {
  return new URLSearchParams(location.search).get(name);
}
