// What is said to an answer that cannot be taken.
import { z } from "zod";
import { HoldpointError } from "../../kernel/errors.js";

interface Waiting {
  interruptId: string;
  reviewId: string | null;
  title: string;
}

/** It does not say, or says wrongly, which of the things that wait it answers: they are named. */
export function unclear(why: string, waiting: readonly Waiting[]): HoldpointError {
  const pending = waiting.map(({ interruptId, reviewId, title }) => ({ interruptId, reviewId, title }));
  const list = pending.map(({ interruptId }) => interruptId).join(", ");
  return new HoldpointError("request_invalid", list === "" ? why : `${why} Waiting: ${list}.`, {
    details: { pending },
  });
}

/** It is of a form, and wrong in itself. */
export function malformed(form: string, error: z.ZodError): HoldpointError {
  return new HoldpointError(
    "request_invalid",
    `The resume value reads as an answer of ${form}, and is none: ${z.prettifyError(error)}`,
  );
}

/** It says clearly what cannot be done to this hold. */
export function notAllowed(why: string): HoldpointError {
  return new HoldpointError("answer_not_allowed", why);
}
