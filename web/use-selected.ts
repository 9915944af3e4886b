import { useCallback, useEffect, useState } from "react";

/** The hold in the address: `/review/ID`. */
export function useSelected(): [string | null, (id: string | null) => void] {
  const [selected, setSelected] = useState(idInAddress);
  useEffect(() => {
    const onMove = (): void => setSelected(idInAddress());
    window.addEventListener("popstate", onMove);
    return () => window.removeEventListener("popstate", onMove);
  }, []);
  const select = useCallback((id: string | null) => {
    window.history.pushState(null, "", id === null ? "/review" : `/review/${encodeURIComponent(id)}`);
    setSelected(id);
    window.scrollTo(0, 0);
  }, []);
  return [selected, select];
}

function idInAddress(): string | null {
  const [, id = ""] = /^\/review\/(.+)$/.exec(window.location.pathname) ?? [];
  return id === "" ? null : decodeURIComponent(id);
}
