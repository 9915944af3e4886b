// Opening a batch, looking into it, objecting to one of it, and deciding it: member by member, each by the same
// checks and the same guarded statement as if it stood alone.
import { HoldpointError } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { Policy } from "../policies/policy.js";
import { barOf } from "./bars.js";
import { alone, apart, mostInBatch, sampleOf, type Batch } from "./batch.js";
import type { Answer, DecideResult } from "./decide.js";
import { actingForEach, type Deputies } from "./deputies.js";
import { oddOnes, type OddValue } from "./odd-ones.js";
import { barred } from "./refusals.js";
import type { ReviewStore } from "./store.js";
import type { Review } from "./types.js";

export interface BatchStore {
  open(batch: Batch, splitFrom: string | null): Promise<void>;
  find(by: Principal, batchId: string): Promise<Batch | null>;
  markOpened(by: Principal, batchId: string, reviewId: string): Promise<void>;
  /** False where it was ended otherwise before. Ended again in the same way it is the same end. */
  end(by: Principal, batchId: string, as: "approve" | "reject" | "split"): Promise<boolean>;
  /** Those that wait and are like this one, the oldest first, itself among them. */
  alike(seed: Review, limit: number): Promise<Review[]>;
  /** The arguments of the newest calls like this one that people let through. */
  precedents(seed: Review, limit: number): Promise<JsonObject[]>;
}

export interface BatchDeps {
  batches: BatchStore;
  reviews: ReviewStore;
  /** The policy in force for an agent; null where this process does not serve it. */
  policyOf(graphId: string): Policy | null;
  decide(by: Principal, reviewId: string, answer: Answer): Promise<DecideResult>;
  deputies: Pick<Deputies, "to">;
  newId: NewId;
  now(): Date;
  /** Uniform in [0, 1), and not to be guessed. */
  random(): number;
}

/** A batch as it is looked at: its reviews in their order, and what stands out among them. */
export interface BatchView {
  batch: Batch;
  reviews: Review[];
  odd: OddValue[];
}

export interface Batches {
  /** All that may stand with one hold, or exactly the ones that are named. Throws `batch_forbidden`. */
  open(by: Principal, asked: { reviewId: string } | { reviewIds: readonly string[] }): Promise<BatchView>;
  view(by: Principal, batchId: string): Promise<BatchView>;
  /** Says that a member was looked at. */
  markOpened(by: Principal, batchId: string, reviewId: string): Promise<BatchView>;
  /** Takes the batch apart: the one objected to is decided by itself, the others stand in a new batch with a new sample. */
  object(by: Principal, batchId: string, reviewId: string): Promise<BatchView>;
  /** Throws `sample_unopened`, `batch_closed`, `batch_forbidden`. Sent again, it goes on where it broke off. */
  decide(by: Principal, batchId: string, verdict: BatchVerdict): Promise<BatchOutcome[]>;
}

export interface BatchVerdict {
  type: "approve" | "reject";
  reason?: string;
}

export type BatchOutcome = { reviewId: string } & DecideResult;

const mostPrecedents = 2_000;

export function createBatches(deps: BatchDeps): Batches {
  const policyOf = (graphId: string): Policy => {
    const policy = deps.policyOf(graphId);
    if (policy) return policy;
    throw new HoldpointError(
      "agent_not_served",
      `This server does not serve the agent "${graphId}", and cannot judge its calls. Open the batch at one that does.`,
      { details: { graphId } },
    );
  };

  const find = async (by: Principal, batchId: string): Promise<Batch> => {
    const batch = await deps.batches.find(by, batchId);
    if (batch) return batch;
    throw new HoldpointError("not_found", `There is no batch ${batchId} of yours.`, { details: { batchId } });
  };

  const viewOf = async (by: Principal, batch: Batch): Promise<BatchView> => {
    const found = await deps.reviews.findMany(
      by.tenant,
      batch.members.map(({ reviewId }) => reviewId),
    );
    const reviews = batch.members.flatMap(({ reviewId }) => found.find(({ id }) => id === reviewId) ?? []);
    const [seed] = reviews;
    const precedents = seed ? await deps.batches.precedents(seed, mostPrecedents) : [];
    return {
      batch,
      reviews,
      odd: oddOnes(
        reviews.map(({ args }) => args),
        precedents,
      ),
    };
  };

  const openWith = async (
    by: Principal,
    reviews: readonly Review[],
    splitFrom: string | null,
  ): Promise<BatchView> => {
    const sample = sampleOf(
      reviews.map(({ id }) => id),
      deps.random,
    );
    const batch: Batch = {
      id: deps.newId(),
      tenant: by.tenant,
      openedBy: by,
      openedAt: deps.now(),
      ended: null,
      members: reviews.map(({ id, argsHash }) => ({
        reviewId: id,
        argsHash,
        inSample: sample.has(id),
        openedAt: null,
      })),
    };
    await deps.batches.open(batch, splitFrom);
    return viewOf(by, batch);
  };

  return {
    async open(by, asked) {
      const ids = "reviewId" in asked ? [asked.reviewId] : [...new Set(asked.reviewIds)];
      const found = await deps.reviews.findMany(by.tenant, ids);
      const named = ids.flatMap((id) => found.find((review) => review.id === id) ?? []);
      const missing = ids.find((id) => !named.some((review) => review.id === id));
      const [seed] = named;
      if (missing !== undefined || !seed) {
        throw new HoldpointError("not_found", `There is no review ${missing}.`, {
          details: { reviewId: missing },
        });
      }
      const actingFor = await actingForEach(deps.deputies, by);
      const bar = barOf(actingFor(seed), seed);
      if (bar) throw barred(actingFor(seed), seed, bar).error;
      const policy = policyOf(seed.graphId);
      refuseTogether(policy, seed, named);
      if (!("reviewId" in asked)) return openWith(by, named, null);
      const alike = await deps.batches.alike(seed, mostInBatch);
      return openWith(
        by,
        alike.filter(
          (other) =>
            isFree(by, other) &&
            barOf(actingFor(other), other) === null &&
            apart(policy, seed, other) === null,
        ),
        null,
      );
    },

    view: async (by, batchId) => viewOf(by, await find(by, batchId)),

    async markOpened(by, batchId, reviewId) {
      await deps.batches.markOpened(by, batchId, reviewId);
      return viewOf(by, await find(by, batchId));
    },

    async object(by, batchId, reviewId) {
      const { batch, reviews } = await viewOf(by, await find(by, batchId));
      if (!batch.members.some((member) => member.reviewId === reviewId)) {
        throw new HoldpointError("not_found", `There is no review ${reviewId} in this batch.`, {
          details: { batchId, reviewId },
        });
      }
      if (!(await deps.batches.end(by, batchId, "split"))) throw closed(batch);
      const rest = reviews.filter(
        ({ id, status }) => id !== reviewId && (status === "open" || status === "claimed"),
      );
      return openWith(by, rest, batch.id);
    },

    async decide(by, batchId, { type, reason }) {
      const { batch, reviews } = await viewOf(by, await find(by, batchId));
      const unopened = batch.members.filter(({ inSample, openedAt }) => inSample && openedAt === null);
      if (unopened.length > 0) {
        throw new HoldpointError(
          "sample_unopened",
          `${unopened.length} of the sample ${unopened.length === 1 ? "was" : "were"} not looked at. A batch is decided after its sample: open each of them first.`,
          { details: { reviewIds: unopened.map(({ reviewId }) => reviewId) } },
        );
      }
      const still = waiting(reviews);
      const [seed] = still;
      if (seed) refuseTogether(policyOf(seed.graphId), seed, still);
      if (!(await deps.batches.end(by, batchId, type))) throw closed(batch);
      const outcomes: BatchOutcome[] = [];
      for (const { reviewId, argsHash } of batch.members) {
        const answer = {
          type,
          argsHash,
          // With a line break, which no header can carry: nobody's own key is one of these.
          idempotencyKey: `batch\n${batchId}`,
          ...(reason === undefined ? {} : { reason }),
        };
        outcomes.push({ reviewId, ...(await deps.decide(by, reviewId, answer)) });
      }
      return outcomes;
    },
  };
}

/** What somebody else has is theirs. */
function isFree(by: Principal, { claimedBy }: Review): boolean {
  return claimedBy === null || claimedBy.id === by.id;
}

function waiting(reviews: readonly Review[]): Review[] {
  return reviews.filter(({ status }) => status === "open" || status === "claimed");
}

function refuseTogether(policy: Policy, seed: Review, reviews: readonly Review[]): void {
  const why = alone(policy, seed);
  if (why !== null) throw new HoldpointError("batch_forbidden", why, { details: { tool: seed.tool } });
  for (const review of reviews) {
    const difference = apart(policy, seed, review);
    if (difference === null) continue;
    throw new HoldpointError(
      "batch_forbidden",
      `Review ${review.id} cannot be decided with the others: ${difference}. Decide it by itself.`,
      { details: { reviewId: review.id } },
    );
  }
  if (reviews.length > mostInBatch) {
    throw new HoldpointError("batch_forbidden", `A batch has at most ${mostInBatch} holds.`);
  }
}

function closed({ id }: Batch): HoldpointError {
  return new HoldpointError(
    "batch_closed",
    "This batch was decided or taken apart already. Open a new one: what still waits stands in it.",
    { details: { batchId: id } },
  );
}
