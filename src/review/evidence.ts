// What came before a call in its conversation, for whoever judges it. It is read from our own rows at every door, so that
// an edit and a changed policy are judged by the same kind of knowledge as the proposal was.
import { noEvidence, type Evidence, type Reads } from "../policies/evidence.js";
import type { Policy } from "../policies/policy.js";
import type { AsOf } from "./judged.js";
import type { ReviewStore } from "./store.js";

/** Something the person wrote, as the conversation shows it now. */
export interface Said {
  id: string;
  text: string;
}

export interface EvidenceWanted extends Reads {
  threadId: string;
  said: readonly Said[];
}

/** What is known, and which rows it was read from; null where none was. */
export interface EvidenceRead extends Evidence {
  asOf: AsOf | null;
}

/** @param said what the person wrote up to now, where the conversation is at hand; it is kept for those who come later. */
export async function evidenceFor(
  store: Pick<ReviewStore, "evidence">,
  { reads }: Policy,
  { tenant, threadId }: { tenant: string; threadId: string },
  said: readonly Said[] = [],
): Promise<EvidenceRead> {
  if (reads.tools.length === 0 && !reads.words && !reads.now) return { ...noEvidence, asOf: null };
  return store.evidence(tenant, { ...reads, threadId, said: reads.words ? said : [] });
}
