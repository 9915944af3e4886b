// What the server tells by itself: where the queue stands.
import { useEffect, useState } from "react";
import { api, type ReviewTally } from "../api.js";
import { hear } from "../hear.js";

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
    return hear(api.tally, "queue", {
      told(data) {
        const tally = JSON.parse(data) as ReviewTally;
        setLive(({ changes }) => ({ tally, changes: changes + 1, isConnected: true }));
      },
      connected: (isConnected) => setLive((before) => ({ ...before, isConnected })),
    });
  }, [isSignedIn]);
  return live;
}
