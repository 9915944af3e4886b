// Putting a deadline off, where the policy gives more time.
import { useState } from "react";
import { api, type Review } from "../api.js";
import { useKeys } from "../keys.js";
import { span } from "../words.js";

export function MoreTime({
  id,
  ms,
  left,
  see,
}: {
  id: string;
  ms: number;
  left: number;
  see(review: Review): void;
}) {
  const [fault, setFault] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const extend = async (): Promise<void> => {
    setAsking(true);
    setFault(null);
    try {
      see(await api.extend(id));
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    } finally {
      setAsking(false);
    }
  };
  useKeys(left > 0 && !isAsking ? { "+": () => void extend() } : {});
  if (left === 0) return <> There is no more time to take.</>;
  return (
    <>
      {" "}
      <button
        type="button"
        className="link"
        aria-keyshortcuts="+"
        disabled={isAsking}
        onClick={() => void extend()}
      >
        Take {span(ms)} more <kbd>+</kbd>
      </button>
      {left > 1 && ` (${left} times)`}
      {fault !== null && <span role="alert"> {fault}</span>}
    </>
  );
}
