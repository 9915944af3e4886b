import type { Review } from "./types.js";

/** What is to go on: the thread of a review that was decided, or whose proposal changed. */
export type Resumed = Pick<Review, "tenant" | "threadId" | "graphId" | "hosted">;

/**
 * How a thread goes on after a decision. Two adapters: our own runs, and the SDK of a host server. The record is the
 * decided review, so a call that is lost is made up for: whoever implements this also sweeps for decided reviews
 * that nobody delivers.
 */
export interface Resumption {
  /** Asks for the thread to go on soon. Called after the decision has committed; may be called too often. */
  resume(of: Resumed): Promise<void>;
}
