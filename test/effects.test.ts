// The effect protocol: what a tool's end means, and what a second attempt may do.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  OutcomeUnknownError,
  defineTool,
  type Holdpoint,
  type HoldpointTool,
  type ToolContext,
} from "../src/index.js";
import { startAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";

let url: string;
beforeAll(async () => {
  url = await testDatabase();
});

const running: Holdpoint[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

type Definition = Parameters<typeof defineTool<typeof args>>[0];
const args = z.object({ id: z.string(), amount: z.number().optional() });
const payTool = (more: Partial<Definition> & Pick<Definition, "run">): HoldpointTool =>
  defineTool({ name: "pay", description: "Pays.", args, ...more });

async function agentWith(tool: HoldpointTool, settings: { toolTimeoutMs?: number } = {}): Promise<Holdpoint> {
  const { holdpoint } = await startAgent(url, { tools: [tool], settings });
  running.push(holdpoint);
  return holdpoint;
}

/** Lets the agent propose `pay`, approves it, and waits until it rests. */
async function payApproved(holdpoint: Holdpoint) {
  const id = randomUUID();
  await holdpoint.send(id, `pay ${id}`);
  await answer(holdpoint, id, "approve");
  return { id, view: await holdpoint.wait(id) };
}

async function answer(
  holdpoint: Holdpoint,
  threadId: string,
  type: "approve" | "happened" | "not_happened" | "retry",
  message?: string,
) {
  const [review] = await holdpoint.reviews({ threadId });
  if (!review) throw new Error("Nothing waits.");
  const result = await holdpoint.decide(review.id, {
    type,
    argsHash: review.argsHash,
    ...(message === undefined ? {} : { message }),
  });
  if (!result.ok) throw result.error;
  return review;
}

const answerText = (view: { messages: { getType(): string; text: string }[] }) =>
  view.messages.findLast((message) => message.getType() === "tool")?.text;

describe("how a call ends", () => {
  it.each([
    ["an Error", new Error("No such card."), "The tool failed: No such card."],
    ["a string", "no card", "The tool failed: no card"],
    ["nothing at all", undefined, "The tool failed: undefined"],
    ["a circular object", circular(), "The tool failed: [object Object]"],
  ])("a tool that throws %s has failed, and the model is told why", async (_what, thrown, told) => {
    const holdpoint = await agentWith(payTool({ run: () => Promise.reject(thrown) }));
    const { id, view } = await payApproved(holdpoint);
    expect(answerText(view)).toBe(told);
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([{ state: "failed" }]);
  });

  it.each([
    [
      "what JSON cannot carry",
      () => ({ at: new Date(0), big: 1 }),
      '{"at":"1970-01-01T00:00:00.000Z","big":1}',
    ],
    ["a circular object", circular, "Done. The tool's result could not be written down."],
    ["nothing", () => undefined, "Done."],
    ["text with NUL and half a surrogate", () => "a\0b\ud800", "a\uFFFDb\uFFFD"],
  ])("a result that is %s is still a success", async (_what, result, told) => {
    const holdpoint = await agentWith(payTool({ run: result }));
    const { id, view } = await payApproved(holdpoint);
    expect(answerText(view)?.replaceAll("\0", "\uFFFD").toWellFormed()).toBe(told);
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([{ state: "succeeded" }]);
  });

  it("a result of many megabytes is cut, and says how much is missing", async () => {
    const holdpoint = await agentWith(payTool({ run: () => "x".repeat(5_000_000) }));
    const { view } = await payApproved(holdpoint);
    expect(answerText(view)?.length).toBeLessThan(201_000);
    expect(answerText(view)).toContain("of 5000000 characters are not shown");
  });
});

describe("an outcome that cannot be known", () => {
  const brokenOff = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
  it.each([
    ["a connection that broke off", brokenOff],
    ["a connection that broke off, deep in the cause", new Error("fetch failed", { cause: brokenOff })],
    ["an abort", new DOMException("stopped", "AbortError")],
    ["the tool's own word", new OutcomeUnknownError("no answer")],
  ])("%s asks a person whether it happened, and is never tried again by itself", async (_what, thrown) => {
    let attempts = 0;
    const holdpoint = await agentWith(
      payTool({
        run: () => {
          attempts += 1;
          throw thrown;
        },
      }),
    );
    const { id, view } = await payApproved(holdpoint);
    expect(view.status).toBe("interrupted");
    expect(view.holds[0]?.hold.holdpoint).toMatchObject({
      kind: "settle",
      allowedAnswers: ["happened", "not_happened", "retry"],
    });
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([{ state: "unknown" }]);
    expect(attempts).toBe(1);
  });

  it("a connection that was never made has failed", async () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const holdpoint = await agentWith(payTool({ run: () => Promise.reject(refused) }));
    const { id } = await payApproved(holdpoint);
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([{ state: "failed" }]);
  });

  const unknowing = (effects: string[]) =>
    payTool({
      run: ({ id }) => {
        effects.push(id);
        if (effects.length === 1) throw new OutcomeUnknownError("no answer");
        return "paid";
      },
    });

  it("is settled by a person who saw that it happened, in their words", async () => {
    const effects: string[] = [];
    const holdpoint = await agentWith(unknowing(effects));
    const { id } = await payApproved(holdpoint);
    await answer(holdpoint, id, "happened", "The bank shows it as paid.");
    const view = await holdpoint.wait(id);
    expect(answerText(view)).toBe("The bank shows it as paid.");
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([
      { state: "succeeded", result: "The bank shows it as paid." },
    ]);
    expect(effects).toHaveLength(1);
  });

  it("is settled by a person who saw that it did not happen, and is not tried again", async () => {
    const effects: string[] = [];
    const holdpoint = await agentWith(unknowing(effects));
    const { id } = await payApproved(holdpoint);
    await answer(holdpoint, id, "not_happened");
    const view = await holdpoint.wait(id);
    expect(answerText(view)).toContain("did not happen");
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([{ state: "failed" }]);
    expect(effects).toHaveLength(1);
  });

  it("is tried once more when a person sends it back, and only then", async () => {
    const effects: string[] = [];
    const holdpoint = await agentWith(unknowing(effects));
    const { id } = await payApproved(holdpoint);
    await answer(holdpoint, id, "retry");
    const view = await holdpoint.wait(id);
    expect(answerText(view)).toBe("paid");
    expect(effects).toHaveLength(2);
    expect(view.status).toBe("idle");
  });

  it("cannot be answered with approve, which could be taken for yes, it happened", async () => {
    const holdpoint = await agentWith(unknowing([]));
    const { id } = await payApproved(holdpoint);
    const [review] = await holdpoint.reviews({ threadId: id });
    const result = await holdpoint.decide(review?.id ?? "", {
      type: "approve",
      argsHash: review?.argsHash ?? "",
    });
    expect(result).toMatchObject({ ok: false, error: { code: "answer_not_allowed" } });
  });

  it("may be unknown a second time, and asks again", async () => {
    const holdpoint = await agentWith(
      payTool({ run: () => Promise.reject(new OutcomeUnknownError("no answer")) }),
    );
    const { id } = await payApproved(holdpoint);
    await answer(holdpoint, id, "retry");
    const view = await holdpoint.wait(id);
    expect(view.status).toBe("interrupted");
    expect(await holdpoint.reviews({ threadId: id })).toMatchObject([{ kind: "settle", status: "open" }]);
  });
});

describe("a tool that takes too long", () => {
  it("is told so by its signal, and its outcome is unknown; what it says later is kept as evidence", async () => {
    let finish: (value: string) => void = () => {};
    let signal: AbortSignal | undefined;
    const holdpoint = await agentWith(
      payTool({
        run: (_args, context) => {
          signal = context.signal;
          return new Promise<string>((resolve) => {
            finish = resolve;
          });
        },
      }),
      { toolTimeoutMs: 50 },
    );
    const { id, view } = await payApproved(holdpoint);
    expect(view.holds[0]?.hold.holdpoint.kind).toBe("settle");
    expect(signal?.aborted).toBe(true);
    finish("paid after all");
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const evidence = async () =>
      (
        await client.query<{ evidence: unknown[] }>(
          "select evidence from holdpoint.executions where thread_id = $1",
          [id],
        )
      ).rows[0]?.evidence;
    await expect.poll(evidence).toMatchObject([{ state: "succeeded", said: "paid after all" }]);
    await client.end();
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([{ state: "unknown" }]);
  });

  it("and fails at that very moment is unknown all the same: it may have done it before", async () => {
    const holdpoint = await agentWith(
      payTool({
        run: (_args, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("cut off")));
          }),
      }),
      { toolTimeoutMs: 100 },
    );
    const calls = await Promise.all(Array.from({ length: 12 }, () => payApproved(holdpoint)));
    const states = await Promise.all(
      calls.map(async ({ id }) => (await holdpoint.executions({ threadId: id }))[0]?.state),
    );
    expect(new Set(states)).toEqual(new Set(["unknown"]));
  });

  it("and only reads has simply failed", async () => {
    const holdpoint = await agentWith(
      payTool({ annotations: { readOnlyHint: true }, run: () => new Promise(() => {}) }),
      { toolTimeoutMs: 50 },
    );
    const id = randomUUID();
    const view = await holdpoint.send(id, `pay ${id}`);
    expect(view.status).toBe("idle");
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([{ state: "failed" }]);
  });
});

describe("a transactional tool", () => {
  const booking = (after: () => void): HoldpointTool =>
    payTool({
      effect: "transactional",
      run: async ({ id }, { sql }: ToolContext) => {
        await sql?.query("create table if not exists public.bookings (id text)");
        await sql?.query("insert into public.bookings values ($1)", [id]);
        after();
        return "booked";
      },
    });
  const bookings = async (id: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ n: number }>(
      "select count(*)::int as n from public.bookings where id = $1",
      [id],
    );
    await client.end();
    return rows[0]?.n;
  };

  it("commits its effect with the record of it", async () => {
    const holdpoint = await agentWith(booking(() => {}));
    const { id } = await payApproved(holdpoint);
    expect(await bookings(id)).toBe(1);
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([
      { state: "succeeded", result: "booked" },
    ]);
  });

  it("leaves nothing behind where it throws", async () => {
    const holdpoint = await agentWith(
      booking(() => {
        throw new Error("Changed my mind.");
      }),
    );
    const { id } = await payApproved(holdpoint);
    expect(await bookings(id)).toBe(0);
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([{ state: "failed" }]);
  });
});

describe("what a tool is handed", () => {
  it("is the key of its decided arguments, and another key after an edit", async () => {
    const keys: string[] = [];
    const holdpoint = await agentWith(
      payTool({
        run: (_args, { idempotencyKey }) => {
          keys.push(idempotencyKey);
          return "paid";
        },
      }),
    );
    await payApproved(holdpoint);
    await payApproved(holdpoint);
    expect(new Set(keys).size).toBe(2);
    expect(keys.every((key) => /^hp_[0-9a-f]{64}$/.test(key))).toBe(true);
  });

  it("is the very JSON that was shown and decided, edited or not", async () => {
    const seen: unknown[] = [];
    const holdpoint = await agentWith(
      defineTool({
        name: "pay",
        description: "Pays.",
        args: z.object({ id: z.string(), amount: z.number().default(7) }),
        run: (given) => {
          seen.push(given);
          return "paid";
        },
      }),
    );
    const id = randomUUID();
    await holdpoint.send(id, `pay ${id}`);
    const [review] = await holdpoint.reviews({ threadId: id });
    expect(review?.args).toEqual({ id, amount: 7 });
    await holdpoint.decide(review?.id ?? "", {
      type: "edit",
      args: { id, amount: 8 },
      argsHash: review?.argsHash ?? "",
    });
    const view = await holdpoint.wait(id);
    expect(seen).toEqual([{ id, amount: 8 }]);
    expect(answerText(view)).toContain("A person changed the arguments");
  });
});

function circular(): object {
  const one: { self?: object } = {};
  one.self = one;
  return one;
}
