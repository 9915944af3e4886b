/**
 * How a thread goes on after a decision. Two adapters: our own runs, and the SDK of a host server. The record is the
 * decided review, so a call that is lost is made up for: whoever implements this also sweeps for decided reviews
 * that nobody delivers.
 */
export interface Resumption {
  /** Asks for the thread to go on soon. Called after the decision has committed; may be called too often. */
  resume(tenant: string, threadId: string): Promise<void>;
}
