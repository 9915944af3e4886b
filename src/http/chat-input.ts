// Chat clients send more than what their user says: the whole talk again, answers of their own making to calls that are
// open, a list of tools with nothing in it. None of it is heard: the talk is in the thread, and a call is answered by
// what becomes of it. What remains is read as strictly as ever.
import type { Principal } from "../kernel/principal.js";
import type { RunCreate } from "./contract.js";
import type { HttpDeps } from "./deps.js";

interface Sent {
  principal: Principal;
  graphId: string;
  threadId: string | null;
  body: RunCreate;
}

/** The body of a run of an agent, without what its client repeats or makes up. */
export async function withoutEcho(deps: HttpDeps, sent: Sent): Promise<RunCreate> {
  const { body, threadId } = sent;
  const { messages, tools, ...others } = Object(body.input) as Record<string, unknown>;
  if (!Array.isArray(messages)) return body;
  const isPlain = messages.every((message) => roleOf(message) === "user");
  const said = isPlain || threadId === null ? messages : await newIn(deps, { ...sent, threadId }, messages);
  const hasUser = said.some((message) => roleOf(message) === "user");
  const heard = hasUser || body.command ? said.filter((message) => roleOf(message) !== "tool") : said;
  const besides =
    Array.isArray(tools) && tools.length === 0 ? others : { ...others, ...(tools ? { tools } : {}) };
  return { ...body, input: { ...besides, messages: heard } };
}

/** What does not stand in the thread yet. Its state is looked at only for clients that do not speak as a user alone. */
async function newIn(
  { runtime }: HttpDeps,
  { principal, graphId, threadId }: Sent & { threadId: string },
  messages: readonly unknown[],
): Promise<unknown[]> {
  const { values } = await runtime.stateOf(principal, { threadId, graphId });
  const { messages: standing = [] } = Object(values) as { messages?: { id?: string }[] };
  const ids = new Set(standing.map(({ id }) => id));
  return messages.filter((message) => {
    const { id } = Object(message) as { id?: unknown };
    return typeof id !== "string" || !ids.has(id);
  });
}

/** Text is a user's, as LangChain reads it; a pair begins with whose it is. */
function roleOf(message: unknown): unknown {
  if (typeof message === "string") return "user";
  const { type, role } = Object(message) as { type?: unknown; role?: unknown };
  const said = Array.isArray(message) ? (message[0] as unknown) : (type ?? role);
  return said === "human" ? "user" : said;
}
