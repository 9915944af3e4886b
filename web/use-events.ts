// What the server tells by itself, whenever it has changed.
import { useEffect, useRef, useState } from "react";
import { hear } from "../react/hear.js";

export interface Told<Seen> {
  seen: Seen | null;
  isConnected: boolean;
}

/** @param open the stream; asked again where `name` says that it is another one. */
export function useEvents<Seen>(event: string, name: string, open: () => EventSource): Told<Seen> {
  const [told, setTold] = useState<Told<Seen>>({ seen: null, isConnected: true });
  const opening = useRef(open);
  opening.current = open;
  useEffect(() => {
    setTold({ seen: null, isConnected: true });
    return hear(() => opening.current(), event, {
      told: (data) => setTold({ seen: JSON.parse(data) as Seen, isConnected: true }),
      connected: (isConnected) => setTold((before) => ({ ...before, isConnected })),
    });
  }, [event, name]);
  return told;
}
