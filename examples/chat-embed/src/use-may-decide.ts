// Whether whoever chats may decide, too. A customer may not: they see what waits, and the desk decides it.
import { useEffect, useState } from "react";

/** Null: not known yet. The server has the last word on each decision. */
export function useMayDecide(): boolean | null {
  const [mayDecide, setMayDecide] = useState<boolean | null>(null);
  useEffect(() => {
    fetch("/api/me")
      .then(async (answer) =>
        answer.ok ? ((await answer.json()) as { roles: string[] }).roles.length > 0 : true,
      )
      .then(setMayDecide, () => setMayDecide(true));
  }, []);
  return mayDecide;
}
