// What the server tells by itself: where the queue stands.
import { useEffect, useState } from "react";
import type { ReviewTally } from "./client.js";
import { useHoldpoint } from "./provider.js";

export interface Live {
  tally: ReviewTally | null;
  /** Rises with every change of the queue. */
  changes: number;
  isConnected: boolean;
}

export function useQueueLive(): Live {
  const client = useHoldpoint();
  const [live, setLive] = useState<Live>({ tally: null, changes: 0, isConnected: true });
  useEffect(
    () =>
      client.watchQueue({
        told(data) {
          const tally = JSON.parse(data) as ReviewTally;
          setLive(({ changes }) => ({ tally, changes: changes + 1, isConnected: true }));
        },
        connected: (isConnected) => setLive((before) => ({ ...before, isConnected })),
      }),
    [client],
  );
  return live;
}
