// What the server says when asked, and again whenever the reader comes back to the page.
import { useCallback, useEffect, useRef, useState } from "react";
import { Problem } from "./api.js";

export interface Fresh<Seen> {
  seen: Seen | null;
  /** The last answer was none; what was seen before stays. */
  problem: Problem | null;
  again(): void;
}

const retryMs = 3_000;

/** @param name what is asked for; asked anew where it is something else. */
export function useFresh<Seen>(name: string, load: () => Promise<Seen>): Fresh<Seen> {
  const [state, setState] = useState<{ name: string; seen: Seen | null; problem: Problem | null }>({
    name,
    seen: null,
    problem: null,
  });
  const loading = useRef(load);
  loading.current = load;
  const latest = useRef(0);

  const again = useCallback(() => {
    const turn = (latest.current += 1);
    loading.current().then(
      (seen) => turn === latest.current && setState({ name, seen, problem: null }),
      (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        if (turn !== latest.current) return;
        setState((before) => ({ name, seen: before.name === name ? before.seen : null, problem: error }));
      },
    );
  }, [name]);

  useEffect(() => {
    again();
    const onReturn = (): void => {
      if (document.visibilityState === "visible") again();
    };
    window.addEventListener("focus", onReturn);
    document.addEventListener("visibilitychange", onReturn);
    return () => {
      latest.current += 1;
      window.removeEventListener("focus", onReturn);
      document.removeEventListener("visibilitychange", onReturn);
    };
  }, [again]);

  const isAway = state.problem?.code === "away";
  useEffect(() => {
    if (!isAway) return;
    const timer = setInterval(again, retryMs);
    return () => clearInterval(timer);
  }, [isAway, again]);

  const isOfThis = state.name === name;
  return { seen: isOfThis ? state.seen : null, problem: isOfThis ? state.problem : null, again };
}
