// The views a person keeps, on the server: they are there at every desk.
import { useCallback, useEffect, useState } from "react";
import { api, Problem, type QueueFilter, type SavedView } from "../api.js";

export interface Views {
  items: readonly SavedView[];
  problem: string | null;
  save(name: string, filter: QueueFilter): Promise<void>;
  remove(name: string): Promise<void>;
}

export function useViews(): Views {
  const [items, setItems] = useState<readonly SavedView[]>([]);
  const [problem, setProblem] = useState<string | null>(null);

  const changing = useCallback(async (change: () => Promise<unknown>) => {
    setProblem(null);
    try {
      await change();
      setItems((await api.views()).items);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    }
  }, []);

  useEffect(() => {
    void changing(() => Promise.resolve());
  }, [changing]);

  return {
    items,
    problem,
    save: (name, filter) => changing(() => api.saveView(name, filter)),
    remove: (name) => changing(() => api.removeView(name)),
  };
}
