// Who has the hold to themselves, in a line.
import type { Review } from "../api.js";
import { useSecondsUntil } from "../clock.js";
import { Person } from "../text.js";

/** `mine`, `theirs`, or `nobody`'s: a claim runs out by itself. */
export function usePossession({ claimedBy, claimedUntil }: Review, me: string): "mine" | "theirs" | "nobody" {
  const isClaimed = useSecondsUntil(claimedUntil) > 0;
  if (!isClaimed || !claimedBy) return "nobody";
  return claimedBy.id === me ? "mine" : "theirs";
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

export function Possession({
  review: { claimedBy, claimedUntil },
  of,
}: {
  review: Review;
  of: "mine" | "theirs";
}) {
  const until = claimedUntil === null ? "" : clock.format(new Date(claimedUntil));
  return (
    <p className="possession" role="status">
      {of === "mine" ? (
        `You have it until ${until}: nobody else decides it meanwhile.`
      ) : (
        <>
          <Person id={claimedBy?.id ?? ""} /> has it until {until}. Nobody else decides it meanwhile.
        </>
      )}
    </p>
  );
}
