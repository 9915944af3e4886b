// What the server tells by itself, whenever it has changed.
import { useEffect, useRef, useState } from "react";

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
    const source = opening.current();
    source.addEventListener(event, ({ data }) =>
      setTold({ seen: JSON.parse(String(data)) as Seen, isConnected: true }),
    );
    // The browser connects again by itself.
    source.addEventListener("error", () => setTold((before) => ({ ...before, isConnected: false })));
    source.addEventListener("open", () => setTold((before) => ({ ...before, isConnected: true })));
    return () => source.close();
  }, [event, name]);
  return told;
}
