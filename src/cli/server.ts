// The review API of a running server, as the commands speak with it. What comes back is read by the contract.
import { z } from "zod";
import {
  assessmentSchema,
  complaintSchema,
  deputyListSchema,
  deputySchema,
  problemSchema,
  standingListSchema,
  standingSchema,
  stopListSchema,
  stopSchema,
  executionListSchema,
  explanationSchema,
  policySourceSchema,
  policyVersionListSchema,
  replayPartSchema,
  reportSchema,
  reviewContextSchema,
  reviewEventSchema,
  reviewListSchema,
  reviewSchema,
  shadowReportSchema,
  signedSealSchema,
  draftDocumentSchema,
  importedSchema,
  type Assessment,
  type CommentRequest,
  type Complaint,
  type DecisionRequest,
  type Deputy,
  type DeputyRequest,
  type DraftDocument,
  type DraftEdits,
  type DraftChangeRequest,
  type HandOnRequest,
  type Execution,
  type Imported,
  type Explanation,
  type ExplanationRequest,
  type PolicyReplayRequest,
  type PolicySource,
  type PolicyVersion,
  type Problem,
  type ReplayPart,
  type Report,
  type ShadowReport,
  type ProposalRequest,
  type Review,
  type SignedSeal,
  type ReviewEvent,
  type StandingApproval,
  type StandingRequest,
  type Stop,
  type StopRequest,
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
  explain(asked: ExplanationRequest): Promise<Explanation>;
  replayPolicy(asked: PolicyReplayRequest): Promise<ReplayPart>;
  /** The newest first. */
  policies(): AsyncGenerator<PolicyVersion>;
  policy(version: string): Promise<PolicySource>;
  /** Null: nothing shadows. */
  shadow(): Promise<ShadowReport | null>;
  decide(id: string, answer: DecisionRequest): Promise<Review>;
  /** What the call would be with these arguments. */
  assess(id: string, args: Record<string, unknown>): Promise<Assessment>;
  changeDraft(id: string, change: DraftChangeRequest): Promise<Review>;
  propose(id: string, asked: ProposalRequest): Promise<Review>;
  draftDocument(id: string): Promise<DraftDocument>;
  importDraft(id: string, edits: DraftEdits): Promise<Imported>;
  undo(id: string): Promise<Review>;
  claim(id: string): Promise<Review>;
  release(id: string): Promise<Review>;
  extend(id: string): Promise<Review>;
  handOn(id: string, on: HandOnRequest): Promise<Review>;
  comment(id: string, said: CommentRequest): Promise<ReviewEvent>;
  /** What was done with it, in its order. */
  events(id: string): Promise<ReviewEvent[]>;
  /** What ran in a thread, the newest first. */
  executions(threadId: string): Promise<Execution[]>;
  complain(executionId: string, text: string): Promise<Complaint>;
  /** Those in force that concern the caller; to an operator, all. */
  deputies(): Promise<Deputy[]>;
  giveDeputy(asked: DeputyRequest): Promise<Deputy>;
  revokeDeputy(id: string): Promise<void>;
  /** The newest first. */
  standing(which: "live" | "all"): Promise<StandingApproval[]>;
  makeStanding(asked: StandingRequest): Promise<StandingApproval>;
  signStanding(id: string): Promise<StandingApproval>;
  revokeStanding(id: string, reason: string): Promise<StandingApproval>;
  stop(asked: StopRequest): Promise<Stop>;
  /** The newest first. */
  stops(which: "standing" | "all"): Promise<Stop[]>;
  lift(id: string, why: string): Promise<Stop>;
  report(period: { since?: string; until?: string }): Promise<Report>;
  /** As it comes, in pieces. */
  ledger(): AsyncGenerator<string>;
  newestSeal(): Promise<SignedSeal>;
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
    const json = await jsonOf(response);
    if (!response.ok) throw problemOf(url, response.status, json);
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
    explain: (asked) => ask("/policies/explain", explanationSchema, asked),
    replayPolicy: (asked) => ask("/policies/replay", replayPartSchema, asked),
    async *policies() {
      for (let after: string | null = ""; after !== null; ) {
        const query = new URLSearchParams({ limit: "200", ...(after === "" ? {} : { after }) });
        const page: z.output<typeof policyVersionListSchema> = await ask(
          `/policies?${query.toString()}`,
          policyVersionListSchema,
        );
        yield* page.items;
        after = page.next;
      }
    },
    shadow: () => ask("/policies/shadow", shadowReportSchema.nullable()),
    policy: (version) => ask(`/policies/${encodeURIComponent(version)}`, policySourceSchema),
    decide: (id, answer) => ask(of(id, "decision"), reviewSchema, answer),
    assess: (id, args) => ask(of(id, "assessment"), assessmentSchema, { args }),
    changeDraft: (id, change) => ask(of(id, "draft/changes"), reviewSchema, change),
    propose: (id, asked) => ask(of(id, "draft/proposals"), reviewSchema, asked),
    draftDocument: (id) => ask(of(id, "draft/document"), draftDocumentSchema),
    importDraft: (id, edits) => ask(of(id, "draft/document"), importedSchema, edits),
    undo: (id) => ask(of(id, "decision"), reviewSchema, undefined, "DELETE"),
    claim: (id) => ask(of(id, "claim"), reviewSchema, undefined, "POST"),
    release: (id) => ask(of(id, "release"), reviewSchema, undefined, "POST"),
    extend: (id) => ask(of(id, "extend"), reviewSchema, undefined, "POST"),
    handOn: (id, on) => ask(of(id, "hand-on"), reviewSchema, on),
    comment: (id, said) => ask(of(id, "comments"), reviewEventSchema, said),
    events: async (id) => (await ask(of(id, "context"), reviewContextSchema.pick({ events: true }))).events,
    executions: async (threadId) =>
      (await ask(`/executions?thread_id=${encodeURIComponent(threadId)}&limit=1000`, executionListSchema))
        .items,
    complain: (id, text) =>
      ask(`/executions/${encodeURIComponent(id)}/complaints`, complaintSchema, { text }),
    deputies: async () => (await ask("/deputies", deputyListSchema)).items,
    giveDeputy: (asked) => ask("/deputies", deputySchema, asked),
    revokeDeputy: async (id) =>
      void (await ask(`/deputies/${encodeURIComponent(id)}`, z.null(), undefined, "DELETE")),
    standing: async (which) => (await ask(`/standing-approvals?status=${which}`, standingListSchema)).items,
    makeStanding: (asked) => ask("/standing-approvals", standingSchema, asked),
    signStanding: (id) =>
      ask(`/standing-approvals/${encodeURIComponent(id)}/sign`, standingSchema, undefined, "POST"),
    revokeStanding: (id, reason) =>
      ask(`/standing-approvals/${encodeURIComponent(id)}/revoke`, standingSchema, { reason }),
    stop: (asked) => ask("/stops", stopSchema, asked),
    stops: async (which) =>
      (await ask(`/stops${which === "all" ? "" : "?status=standing"}`, stopListSchema)).items,
    lift: (id, why) => ask(`/stops/${encodeURIComponent(id)}/lift`, stopSchema, { why }),
    report: (period) => ask(`/report?${new URLSearchParams(period).toString()}`, reportSchema),
    async *ledger() {
      const response = await send(url, "/ledger", credentials, "GET", undefined);
      if (!response.ok || !response.body) throw problemOf(url, response.status, await jsonOf(response));
      try {
        yield* response.body.pipeThrough(new TextDecoderStream());
      } catch (error) {
        throw new Refusal(`The server broke off: ${messageOf(error)}. What was printed is not whole.`);
      }
    },
    newestSeal: () => ask("/ledger/seal", signedSealSchema),
    reach: async () => void (await ask("/ok", z.object({ ok: z.literal(true) }))),
  };
}

function of(id: string, what: string): string {
  return `/reviews/${encodeURIComponent(id)}/${what}`;
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

function jsonOf(response: Response): Promise<unknown> {
  return response.json().catch(() => null);
}

function problemOf(url: string, status: number, json: unknown): Refusal {
  const problem = problemSchema.safeParse(json);
  return problem.success ? new ServerProblem(problem.data) : foreign(url, `status ${status}`);
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
