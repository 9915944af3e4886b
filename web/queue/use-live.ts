// What the server tells by itself: where the queue stands.
import { useEffect, useState } from "react";
import { api, type ReviewTally } from "../api.js";

export interface Live {
  tally: ReviewTally | null;
  /** Rises with every change of the queue. */
  changes: number;
  isConnected: boolean;
}

export function useLive(isSignedIn: boolean): Live {
  const [live, setLive] = useState<Live>({ tally: null, changes: 0, isConnected: true });
  useEffect(() => {
    if (!isSignedIn) return;
    const source = api.tally();
    source.addEventListener("queue", ({ data }) => {
      const tally = JSON.parse(String(data)) as ReviewTally;
      setLive(({ changes }) => ({ tally, changes: changes + 1, isConnected: true }));
    });
    // The browser connects again by itself.
    source.addEventListener("error", () => setLive((before) => ({ ...before, isConnected: false })));
    source.addEventListener("open", () => setLive((before) => ({ ...before, isConnected: true })));
    return () => source.close();
  }, [isSignedIn]);
  return live;
}
