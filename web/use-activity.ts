import { useEffect, useState } from "react";
import { api, type Activity } from "./api.js";

/** What went on without the reader, asked for where nothing waits for them. */
export function useActivity(isWanted: boolean, changes: number): Activity | null {
  const [activity, setActivity] = useState<Activity | null>(null);
  useEffect(() => {
    if (!isWanted) return;
    // The page says elsewhere that the server is away; what is known stays.
    api.activity().then(setActivity, () => undefined);
  }, [isWanted, changes]);
  return activity;
}
