// The words of one call as they stand now, whoever changes them: what the editor shows, for those who build their own.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import {
  HoldpointProblem,
  type BlockChange,
  type Draft,
  type DraftBlock,
  type DraftEditor,
  type Review,
} from "./client.js";
import { useHoldpoint } from "./provider.js";

export interface SharedDraft {
  /** The call, under the arguments and the hash that it has now. */
  review: Review | null;
  draft: Draft | null;
  /** Who else has it before them, and the block they are in. */
  others: readonly DraftEditor[];
  isConnected: boolean;
  /** Why it is not shown. */
  problem: HoldpointProblem | null;
  /**
   * Changes a block as it is shown. Throws a `HoldpointProblem`: `draft_changed` where somebody was faster, and what they
   * made of it then stands in `draft`.
   */
  change(block: DraftBlock, change: BlockChange): Promise<void>;
  /** Has the agent propose other words: for one block, or for all that nobody is in. Throws `agent_silent`. */
  propose(asked: { blockId?: string; instruction?: string }): Promise<void>;
  dismiss(proposalId: string): Promise<void>;
  /** Tells the others which block one is in; null: none. */
  enter(blockId: string | null): void;
}

interface Seen {
  review: Review;
  editors: readonly DraftEditor[];
}

/** The server forgets within 15 s who says nothing. */
const presentMs = 10_000;

/** @param known the review as the page already has it, to show something at once. */
export function useDraft(reviewId: string, known: Review | null = null): SharedDraft {
  const client = useHoldpoint();
  const [told, setSeen] = useState<Seen | null>(null);
  const seen = useMemo(
    () => (told?.review.id === reviewId ? told : known && { review: known, editors: [] }),
    [told, known, reviewId],
  );
  const [isConnected, setConnected] = useState(true);
  const [problem, setProblem] = useState<HoldpointProblem | null>(null);
  const [me, setMe] = useState<string | null>(null);

  // Of two answers the one that knows more counts, whichever comes last.
  const see = useCallback(
    (now: Partial<Seen> & { review: Review }) =>
      setSeen((before) => ({
        review: before && knowsMore(before.review, now.review) ? before.review : now.review,
        editors: now.editors ?? (before?.review.id === now.review.id ? before.editors : []),
      })),
    [],
  );

  const isKnown = known !== null;
  useEffect(() => {
    let isGone = false;
    let stop: (() => void) | null = null;
    const watch = (): void => {
      if (isGone) return;
      stop = client.watchDraft(reviewId, {
        told: (data) => see(JSON.parse(data) as Seen),
        connected: setConnected,
      });
    };
    setProblem(null);
    if (isKnown) watch();
    else
      // A stream does not say why it is refused.
      client.review(reviewId).then(
        (review) => {
          see({ review });
          watch();
        },
        (refused: HoldpointProblem) => (refused.code === "away" ? watch() : isGone || setProblem(refused)),
      );
    return () => {
      isGone = true;
      stop?.();
    };
  }, [client, reviewId, see, isKnown]);

  useEffect(() => {
    let isGone = false;
    client.me().then(
      ({ id }) => isGone || setMe(id),
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [client]);

  const enter = usePresence(reviewId);
  return useMemo(
    () => ({
      review: seen?.review ?? null,
      draft: seen?.review.draft ?? null,
      others: (seen?.editors ?? []).filter(({ person }) => person !== me),
      isConnected,
      problem,
      async change(block, change) {
        try {
          const { id: blockId, revision } = block;
          see({ review: await client.changeDraft(reviewId, { blockId, revision, change }) });
        } catch (error) {
          if (error instanceof HoldpointProblem && error.code === "draft_changed")
            see({ review: await client.review(reviewId) });
          throw error;
        }
      },
      propose: async (asked) => see({ review: await client.proposeWords(reviewId, asked) }),
      dismiss: async (proposalId) => see({ review: await client.dismissProposal(reviewId, proposalId) }),
      enter,
    }),
    [client, reviewId, seen, isConnected, problem, me, see, enter],
  );
}

function knowsMore(one: Review, other: Review): boolean {
  if (one.id !== other.id) return false;
  return one.version > other.version || (one.draft?.version ?? 0) > (other.draft?.version ?? 0);
}

/** Nothing is said before its reader goes into a block: who only looks disturbs nobody. */
function usePresence(reviewId: string): (blockId: string | null) => void {
  const client = useHoldpoint();
  const at = useRef<string | null>(null);
  const isSaid = useRef(false);
  // That somebody is there is no more than a courtesy: where it cannot be told, nothing is lost.
  const say = useCallback(() => {
    isSaid.current = true;
    client.enterDraft(reviewId, at.current).catch(() => undefined);
  }, [client, reviewId]);
  useEffect(() => {
    const timer = setInterval(() => isSaid.current && say(), presentMs);
    const leave = (): void => {
      if (!isSaid.current) return;
      isSaid.current = false;
      client.leaveDraft(reviewId).catch(() => undefined);
    };
    window.addEventListener("pagehide", leave);
    return () => {
      clearInterval(timer);
      window.removeEventListener("pagehide", leave);
      leave();
      at.current = null;
    };
  }, [client, reviewId, say]);
  return useCallback(
    (blockId) => {
      if (at.current === blockId && isSaid.current) return;
      at.current = blockId;
      if (blockId !== null || isSaid.current) say();
    },
    [say],
  );
}
