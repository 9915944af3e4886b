// Holdpoint in an agent that LangChain's `createAgent` builds: its calls are held, decided and run as in an agent of
// ours, and the graph, its threads and its checkpointer stay the developer's.
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { Command } from "@langchain/langgraph";
import { createMiddleware, type AgentMiddleware } from "langchain";
import { newUuid } from "../kernel/ids.js";
import { silentLog } from "../kernel/log.js";
import { defaultTenant, localPerson, type Principal } from "../kernel/principal.js";
import type { Replacement } from "../policies/policy.js";
import { decide, type Answer, type DecideResult } from "../review/decide.js";
import type { ReviewFilter } from "../review/queue.js";
import type { Execution, Review } from "../review/types.js";
import { defaultName } from "../runtime/agent.js";
import { createDrafting } from "../runtime/drafting.js";
import { draftsOf, type Drafts } from "../runtime/drafts-door.js";
import { compilePolicy } from "../runtime/policy-in-force.js";
import { proposerOf, type Proposer } from "../runtime/proposer.js";
import { untilStopped } from "../runtime/until-stopped.js";
import { listExecutions } from "../storage/execution-rows.js";
import { createHeardCalls, type HeardFrom } from "../nodes/heard-calls.js";
import { createKnownTools } from "./known-tools.js";
import { modelCall } from "./model-call.js";
import { checkMiddlewareOptions, type HoldpointMiddlewareOptions } from "./options.js";
import { scopeReader } from "./scope.js";
import { start, type Started } from "./started.js";
import { toolCall } from "./tool-call.js";
import { wakingOf, type Agent } from "./wake.js";

export interface HoldpointMiddleware
  extends AgentMiddleware<undefined, undefined, unknown, readonly StructuredToolInterface[], readonly []> {
  /** Undecided reviews by default. */
  reviews(filter?: Partial<ReviewFilter>): Promise<Review[]>;
  review(reviewId: string): Promise<Review | null>;
  /** Decides as `by`; the person `local`, who holds every role, where it is left out. Nothing runs before the thread is resumed. */
  decide(reviewId: string, answer: Answer, by?: Pick<Principal, "id" | "roles">): Promise<DecideResult>;
  /** The words of reviews that have a `draft`. Its model is at hand once this process has run the agent. */
  readonly drafts: Drafts;
  executions(filter?: { threadId?: string; limit?: number }): Promise<Execution[]>;
  /** The threads of this agent in which something was decided, wherever that was, and that nobody has resumed yet. */
  decidedThreads(): Promise<string[]>;
  /** What to call the agent with, so that a thread goes on from what was decided in it; null where nothing is to be done. */
  wake(agent: Agent, threadId: string): Promise<Command | null>;
  /** The same, and calls the agent with it; gives what the thread rests with, also where nothing is to be done. */
  resume<State, Config>(
    agent: Agent & Invocable<State, Config>,
    threadId: string,
    config?: Config,
  ): Promise<State>;
  /** Puts another policy in force. One that is wrong changes nothing; the answer says why. */
  reloadPolicy(text: string, file?: string): Promise<Replacement>;
  /** Waits for the tools at work, and leaves the rest to the next process. */
  stop(): Promise<void>;
}

interface Invocable<State, Config> {
  invoke(input: Command, config: Config): Promise<State>;
}

// Its threads are resumed by the developer.
const resumption = { resume: async () => {} };

function proposer(from: HeardFrom | null): Proposer | undefined {
  if (!from?.model) return undefined;
  const { model, instructions } = from;
  return { instructions, propose: proposerOf({ model, instructions }) };
}

/**
 * Middleware with which no irreversible call of a LangChain agent runs without a recorded decision, and none twice.
 * It connects to its database at the agent's first call. In the list of middleware, what brings tools or changes arguments
 * belongs before it, what catches faults of tools behind it.
 *
 * @example
 * const holdpoint = holdpointMiddleware({ policy, database: { url } });
 * const agent = createAgent({ model, tools, middleware: [holdpoint], checkpointer });
 *
 * await agent.invoke({ messages: [{ role: "user", content: "Refund 420 EUR." }] }, { configurable: { thread_id: "thread-1" } });
 * const [review] = await holdpoint.reviews({ threadId: "thread-1" });
 * await holdpoint.decide(review.id, { type: "approve", argsHash: review.argsHash });
 * const { messages } = await holdpoint.resume(agent, "thread-1");
 */
export function holdpointMiddleware(options: HoldpointMiddlewareOptions): HoldpointMiddleware {
  const settings = checkMiddlewareOptions(options);
  const { name: graphId = defaultName, tenant = defaultTenant, database, log = silentLog } = options;
  const given = compilePolicy(options.policy, options.validators);
  const tools = createKnownTools(options.tools ?? []);
  const heard = createHeardCalls();
  const scopeOf = scopeReader(options);

  let starting: Promise<Started> | null = null;
  const started = (): Promise<Started> =>
    (starting ??= start({ ...given, graphId, tenant, database, settings, log }).catch((error: unknown) => {
      // Tried again by whoever comes next.
      starting = null;
      throw error;
    }));
  const { unlessStopped, stop } = untilStopped(
    async () => (await starting?.catch(() => null))?.stop(),
    "holdpointMiddleware()",
  );
  const ready = unlessStopped(started);
  /** A call of the door, on what stands behind it. */
  const door = <Args extends unknown[], Result>(
    work: (here: Started, ...args: Args) => Promise<Result>,
  ): ((...args: Args) => Promise<Result>) => unlessStopped(async (...args) => work(await started(), ...args));

  const waking = door(({ acting }, agent: Agent, threadId: string) =>
    wakingOf(acting.store, agent, { tenant, threadId }),
  );
  const caller: Principal = { ...localPerson, tenant };

  return Object.assign(
    createMiddleware({
      name: "Holdpoint",
      tools: tools.brought,
      wrapModelCall: modelCall({ ready, scopeOf, tools, heard, newId: newUuid, log }),
      wrapToolCall: toolCall({ ready, scopeOf, tools, heard }),
    }),
    {
      reviews: door(async ({ acting }, filter: Partial<ReviewFilter> = {}) => {
        const { items } = await acting.store.list(tenant, { status: "open", limit: 100, graphId, ...filter });
        return items;
      }),
      review: door(({ acting }, reviewId: string) => acting.store.find(tenant, reviewId)),
      decide: door(
        (
          { acting: { store, newId, policy } },
          reviewId: string,
          answer: Answer,
          by: Pick<Principal, "id" | "roles"> = caller,
        ) => {
          const agentOf = (id: string) => (id === graphId ? { tools, policy } : null);
          return decide(
            { store, newId, resumption, agentOf },
            { ...caller, ...by, tenant },
            reviewId,
            answer,
          );
        },
      ),
      drafts: draftsOf(
        (work) =>
          door(({ acting: { store, newId, policy }, drafts }, ...args) => {
            const drafting = createDrafting({
              store,
              drafts,
              resumption,
              newId,
              agentOf: (id) => (id === graphId ? { tools, policy } : null),
              agents: { get: (id) => (id === graphId ? proposer(heard.last()) : undefined) },
              talkOf: () => Promise.resolve([]),
            });
            return work({ drafting, reviews: store }, ...args);
          }),
        caller,
      ),
      executions: door(({ db }, filter: { threadId?: string; limit?: number } = {}) =>
        listExecutions(db, tenant, { limit: 100, ...filter }),
      ),
      decidedThreads: door(async ({ runs }) => {
        const decided = await runs.undeliveredAtHost(0);
        return decided.filter((one) => one.tenant === tenant).map(({ threadId }) => threadId);
      }),
      wake: async (agent: Agent, threadId: string) => (await waking(agent, threadId)).command,
      async resume<State, Config>(
        agent: Agent & Invocable<State, Config>,
        threadId: string,
        config?: Config,
      ) {
        const { command, values } = await waking(agent, threadId);
        if (!command) return values as State;
        const { configurable }: RunnableConfig = config ?? {};
        const at = { ...config, configurable: { ...configurable, thread_id: threadId } };
        return agent.invoke(command, at as Config);
      },
      reloadPolicy: door(({ reloadPolicy }, text: string, file?: string) => reloadPolicy(text, file)),
      stop,
    },
  );
}
