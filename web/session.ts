// That whoever reads is let in ends while their page is open: a session runs out, or its key is taken away.
const listening = new Set<() => void>();

/** The server knows them no more. */
export function sessionIsOver(): void {
  for (const listener of listening) listener();
}

/** @returns what ends it. */
export function onSessionOver(listener: () => void): () => void {
  listening.add(listener);
  return () => void listening.delete(listener);
}
