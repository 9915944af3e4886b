// What another model thinks of a call, asked within a time. Whatever goes wrong there is no opinion, and none is never better
// than one.
import { messageOf } from "../kernel/errors.js";

export type Opinion =
  /** `right`: how likely the call is right, 0 … 1. */
  | { kind: "given"; right: number; why: string }
  /** Refused, malformed, late, or failed; `why` is for the log and for whoever decides. */
  | { kind: "none"; why: string };

export function valueOf(opinion: Opinion): number | null {
  return opinion.kind === "given" ? opinion.right : null;
}

export interface Patience {
  timeoutMs: number;
  /** Of the run that the call belongs to. */
  signal?: AbortSignal;
}

/** Ends in time also where what is asked hears no signal. It never throws. */
export async function inTime<Answer>(
  { timeoutMs, signal }: Patience,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<{ ok: true; answer: Answer } | { ok: false; why: string }> {
  const late = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([signal, late]) : late;
  let stop = () => {};
  const ended = new Promise<never>((_, reject) => {
    stop = () => reject(new Error(late.aborted ? `no answer within ${timeoutMs} ms` : "the run was ended"));
    either.addEventListener("abort", stop, { once: true });
    if (either.aborted) stop();
  });
  try {
    return { ok: true, answer: await Promise.race([ask(either), ended]) };
  } catch (error) {
    return {
      ok: false,
      why: late.aborted ? `no answer within ${timeoutMs} ms` : messageOf(error).slice(0, 300),
    };
  } finally {
    either.removeEventListener("abort", stop);
  }
}
