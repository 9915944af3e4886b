// What an edit would lead to, asked of the server while it is typed. The answer to what was typed last counts.
import { useEffect, useState } from "react";
import { api, type Assessment, type Review } from "../api.js";

const afterMs = 200;

/** Null as long as nothing is known of exactly these arguments. */
export function useAssessment(
  { id, version }: Review,
  args: Record<string, unknown> | null,
): Assessment | null {
  const [known, setKnown] = useState<{ of: string; assessment: Assessment } | null>(null);
  const of = args === null ? null : JSON.stringify([version, args]);
  useEffect(() => {
    if (of === null) return;
    let isOld = false;
    const timer = setTimeout(() => {
      const [, typed] = JSON.parse(of) as [number, Record<string, unknown>];
      api.assess(id, typed).then(
        (assessment) => {
          if (!isOld) setKnown({ of, assessment });
        },
        // It only says ahead what the decision itself is told.
        () => undefined,
      );
    }, afterMs);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [id, of]);
  return known?.of === of ? known.assessment : null;
}
