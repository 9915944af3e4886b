// How likely a model found the arguments of its own call, by the probabilities of their tokens, where its provider sends
// them along (`new ChatOpenAI({ logprobs: true })`). Models are sure of much that is wrong: this is one signal of many.
import { z } from "zod";
import { hashJson, isJsonObject, type JsonObject } from "../kernel/json.js";
import { takeRationale } from "../tools/rationale.js";

/**
 * Of each call of one message, the least probability of a token of its arguments, from 0 to 1: one digit that was guessed
 * makes the call a guess. The words of a text count for nothing, for there another word would have done as well. Null where
 * the provider sends no probabilities, or where the arguments do not stand among its tokens as they were read.
 * @param sent the tokens of the whole message, as `tokensIn` found them in it or in its pieces
 */
export function certaintiesOf(
  sent: readonly unknown[],
  calls: readonly { args: JsonObject }[],
): (number | null)[] {
  const tokens = readTokens(sent);
  if (tokens.length === 0) return calls.map(() => null);
  const written = writtenIn(tokens);
  return calls.map(({ args }) => {
    const at = written.findIndex((one) => one.hash === hashJson(args));
    // Two calls may have the same arguments; each has tokens of its own.
    const [found] = at < 0 ? [] : written.splice(at, 1);
    return found?.least ?? null;
  });
}

const tokenSchema = z.object({
  token: z.string(),
  logprob: z.number().max(0),
  bytes: z.array(z.number()).nullish(),
});
const tokensSchema = z.array(tokenSchema).max(20_000);
const metadataSchema = z.object({ logprobs: z.object({ content: z.array(z.unknown()) }) });
type Token = z.output<typeof tokenSchema>;

/** What `response_metadata` of a message, or of a piece of one, says of its tokens; not read yet. */
export function tokensIn(metadata: unknown): readonly unknown[] {
  const found = metadataSchema.safeParse(metadata);
  return found.success ? found.data.logprobs.content : [];
}

function readTokens(sent: readonly unknown[]): Token[] {
  const read = tokensSchema.safeParse(sent);
  return read.success ? read.data : [];
}

interface Written {
  hash: string;
  least: number;
}

/** The JSON objects that stand in what the model wrote. */
function writtenIn(tokens: readonly Token[]): Written[] {
  // One sign a byte: a letter may be cut into two tokens.
  const bytes = tokens.map(({ token, bytes }) => Buffer.from(bytes ?? Buffer.from(token)).toString("latin1"));
  const text = bytes.join("");
  const ends: number[] = [];
  for (const one of bytes) ends.push((ends.at(-1) ?? 0) + one.length);

  const written: Written[] = [];
  let tries = 0;
  for (let from = text.indexOf("{"); from >= 0 && tries < mostObjects; tries += 1) {
    const end = endOfObject(text, from);
    const args = end === null ? null : objectIn(text.slice(from, end));
    if (end !== null && args) {
      const counted = text
        .slice(from, end)
        .replaceAll(literal, (one) => (isWorded(one) ? "\0".repeat(one.length) : one));
      const least = tokens.reduce((lowest, { logprob }, index) => {
        const [begins, ended] = [Math.max(0, (ends[index - 1] ?? 0) - from), (ends[index] ?? 0) - from];
        if (ended <= begins || begins >= counted.length) return lowest;
        return /[^\0]/.test(counted.slice(begins, ended)) ? Math.min(lowest, Math.exp(logprob)) : lowest;
      }, 1);
      written.push({ hash: hashJson(takeRationale(args).args), least });
    }
    if (end === null) break;
    from = text.indexOf("{", args ? end : from + 1);
  }
  return written;
}

/** More than a message has calls: what only looks like some must not stall the process. */
const mostObjects = 100;

const literal = /"(?:[^"\\]|\\.)*"/g;

function isWorded(text: string): boolean {
  return text.split(/ +/, 7).length > 6;
}

/** Behind its last brace; null where it does not end. */
function endOfObject(text: string, from: number): number | null {
  let depth = 0;
  const signs = /"(?:[^"\\]|\\.)*"|[{}]/g;
  signs.lastIndex = from;
  for (let found = signs.exec(text); found; found = signs.exec(text)) {
    if (found[0] === "{") depth += 1;
    if (found[0] === "}" && --depth === 0) return signs.lastIndex;
  }
  return null;
}

function objectIn(latin1: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(latin1, "latin1").toString());
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
