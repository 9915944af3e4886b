// A store that tells when the queue of a tenant has changed, so that those who look at it look again.
import type { ReviewStore } from "./store.js";

/** @param tell a word that may be lost: whoever listens looks by themselves from time to time. */
export function tellingStore(store: ReviewStore, tell: (tenant: string) => void): ReviewStore {
  return {
    ...store,
    async propose(tenant, proposals) {
      await store.propose(tenant, proposals);
      if (proposals.some(({ review }) => review !== null)) tell(tenant);
    },
    async reopen(tenant, ...rest) {
      await store.reopen(tenant, ...rest);
      tell(tenant);
    },
    async withdraw(tenant, actionId) {
      const withdrawn = await store.withdraw(tenant, actionId);
      tell(tenant);
      return withdrawn;
    },
    async reopenUnagreed(tenant, actionId) {
      const reopened = await store.reopenUnagreed(tenant, actionId);
      if (reopened) tell(tenant);
      return reopened;
    },
    async ask(tenant, questions) {
      await store.ask(tenant, questions);
      if (questions.length > 0) tell(tenant);
    },
    async close(tenant, reviewIds, as) {
      await store.close(tenant, reviewIds, as);
      if (as === "superseded" && reviewIds.length > 0) tell(tenant);
    },
    async decide(tenant, decision) {
      const decided = await store.decide(tenant, decision);
      if (decided) tell(tenant);
      return decided;
    },
    async vote(tenant, vote) {
      const voted = await store.vote(tenant, vote);
      if (voted) tell(tenant);
      return voted;
    },
    async undo(tenant, ...rest) {
      const reopened = await store.undo(tenant, ...rest);
      if (reopened) tell(tenant);
      return reopened;
    },
    async claim(tenant, claim) {
      const claimed = await store.claim(tenant, claim);
      if (claimed) tell(tenant);
      return claimed;
    },
    async release(tenant, ...rest) {
      const released = await store.release(tenant, ...rest);
      if (released) tell(tenant);
      return released;
    },
    async handOn(tenant, handOn) {
      const handed = await store.handOn(tenant, handOn);
      if (handed) tell(tenant);
      return handed;
    },
    async comment(review, by, said) {
      const commented = await store.comment(review, by, said);
      tell(review.tenant);
      return commented;
    },
    async extend(tenant, extension) {
      const extended = await store.extend(tenant, extension);
      if (extended) tell(tenant);
      return extended;
    },
    async amend(tenant, amendment) {
      const amended = await store.amend(tenant, amendment);
      if (amended) tell(tenant);
      return amended;
    },
  };
}
