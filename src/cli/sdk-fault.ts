// What LangGraph's client throws, in a sentence for the person who chats.
import { z } from "zod";
import { problemSchema } from "../http/contract.js";
import { commandLine } from "../http/command-line.js";
import { Refusal } from "./command.js";
import { foreign, ServerProblem } from "./server.js";

/** @param threadId of the conversation that was begun; null before there is one. Gives a fault of ours back as it is. */
export function sdkFault(url: string, error: unknown, threadId: string | null): unknown {
  const answer = answerSchema.safeParse(error);
  if (answer.success) {
    const problem = problemIn(answer.data.text);
    return problem.success ? new ServerProblem(problem.data) : foreign(url, `status ${answer.data.status}`);
  }
  if (!isConnectionFault(error)) return error;
  const goOn = threadId === null ? "." : ` and go on with: ${commandLine(url, `chat --thread ${threadId}`)}`;
  return new Refusal(
    `The server at ${url} does not answer any more; what it had taken is kept, so start it again${goOn}`,
  );
}

/** An answer that refuses: the client keeps its status and its text. */
const answerSchema = z.object({ status: z.number(), text: z.string() });

function problemIn(text: string) {
  try {
    return problemSchema.safeParse(JSON.parse(text));
  } catch {
    return problemSchema.safeParse(null);
  }
}

/** The client names a connection that was refused; one that breaks in an answer is fetch's TypeError, with the fault in it. */
function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "ConnectionError" || (error instanceof TypeError && error.cause !== undefined);
}
