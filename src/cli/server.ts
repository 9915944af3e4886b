// The review API of a running server, as the commands speak with it. What comes back is read by the contract.
import { z } from "zod";
import {
  problemSchema,
  reviewListSchema,
  reviewSchema,
  type DecisionRequest,
  type HandOnRequest,
  type Problem,
  type Review,
} from "../http/contract.js";
import { usualUrl } from "../http/command-line.js";
import { messageOf } from "../kernel/errors.js";
import { Refusal } from "./command.js";
import type { Terminal } from "./terminal.js";

export interface Server {
  readonly url: string;
  /** Undecided reviews, or (`all`) every one; oldest first. */
  reviews(which: "open" | "all"): AsyncGenerator<Review>;
  /** Null where there is none of this id. */
  review(id: string): Promise<Review | null>;
  decide(id: string, answer: DecisionRequest): Promise<Review>;
  undo(id: string): Promise<Review>;
  claim(id: string): Promise<Review>;
  release(id: string): Promise<Review>;
  handOn(id: string, on: HandOnRequest): Promise<Review>;
  /** Throws a `Refusal` where no server answers. */
  reach(): Promise<void>;
}

/** A refusal of the server. */
export class ServerProblem extends Refusal {
  constructor(readonly problem: Problem) {
    const hint = problem.code === "credentials_missing" ? " Here: set HOLDPOINT_API_KEY to it." : "";
    super(`${problem.detail}${hint}`);
  }
}

export function serverAt(terminal: Terminal): Server {
  const url = serverUrl(terminal);
  const credentials = credentialsOf(terminal);
  const ask = async <Answer extends z.ZodType>(
    path: string,
    answer: Answer,
    body?: unknown,
    method = body === undefined ? "GET" : "POST",
  ): Promise<z.output<Answer>> => {
    const response = await send(url, path, credentials, method, body);
    const json: unknown = await response.json().catch(() => null);
    if (!response.ok) {
      const problem = problemSchema.safeParse(json);
      throw problem.success ? new ServerProblem(problem.data) : foreign(url, `status ${response.status}`);
    }
    const parsed = answer.safeParse(json);
    if (!parsed.success) throw foreign(url, z.prettifyError(parsed.error));
    return parsed.data;
  };

  return {
    url,
    async *reviews(which) {
      for (let after: string | null = ""; after !== null; ) {
        const query = new URLSearchParams({
          limit: "200",
          ...(which === "open" ? { status: "open" } : {}),
          ...(after === "" ? {} : { after }),
        });
        const page: z.output<typeof reviewListSchema> = await ask(
          `/reviews?${query.toString()}`,
          reviewListSchema,
        );
        yield* page.items;
        after = page.next;
      }
    },
    async review(id) {
      try {
        return await ask(`/reviews/${encodeURIComponent(id)}`, reviewSchema);
      } catch (error) {
        if (error instanceof ServerProblem && error.problem.code === "not_found") return null;
        throw error;
      }
    },
    decide: (id, answer) => ask(`/reviews/${encodeURIComponent(id)}/decision`, reviewSchema, answer),
    undo: (id) => ask(`/reviews/${encodeURIComponent(id)}/decision`, reviewSchema, undefined, "DELETE"),
    claim: (id) => ask(`/reviews/${encodeURIComponent(id)}/claim`, reviewSchema, undefined, "POST"),
    release: (id) => ask(`/reviews/${encodeURIComponent(id)}/release`, reviewSchema, undefined, "POST"),
    handOn: (id, on) => ask(`/reviews/${encodeURIComponent(id)}/hand-on`, reviewSchema, on),
    reach: async () => void (await ask("/ok", z.object({ ok: z.literal(true) }))),
  };
}

function serverUrl(terminal: Terminal): string {
  const port = terminal.env("PORT");
  const given = terminal.env("HOLDPOINT_URL") ?? (port === undefined ? usualUrl : `http://127.0.0.1:${port}`);
  if (!URL.canParse(given)) throw new Refusal(`HOLDPOINT_URL is no URL: ${given}`);
  return given.replace(/\/+$/, "");
}

/** Who asks: the key or token of HOLDPOINT_API_KEY, where the server wants one. */
export function credentialsOf(terminal: Terminal): Record<string, string> {
  const key = terminal.env("HOLDPOINT_API_KEY");
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

async function send(
  url: string,
  path: string,
  credentials: Record<string, string>,
  method: string,
  body: unknown,
): Promise<Response> {
  const init =
    body === undefined
      ? { method, headers: credentials }
      : {
          method,
          headers: { ...credentials, "content-type": "application/json" },
          body: JSON.stringify(body),
        };
  try {
    return await fetch(`${url}${path}`, init);
  } catch (error) {
    throw unreachable(url, error);
  }
}

export function unreachable(url: string, error: unknown): Refusal {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return new Refusal(
    `No server answers at ${url} (${messageOf(cause)}). Start one with: npm start. Another address goes into HOLDPOINT_URL.`,
  );
}

export function foreign(url: string, what: string): Refusal {
  return new Refusal(
    `What answers at ${url} does not speak as a Holdpoint server of this version does (${what}).`,
  );
}
