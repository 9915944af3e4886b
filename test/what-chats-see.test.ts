// Whoever chats is told what waits, and not why: looked for in every byte that comes through every door they may open.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccess } from "../src/access/access.js";
import { newKey } from "../src/access/keys.js";
import { loadAccess } from "../src/access/load-access.js";
import { routes, streamModes, type Route } from "../src/http/contract.js";
import { accessGate } from "../src/http/gate.js";
import { scriptedModel, type Script } from "../src/index.js";
import { chatDoors, type Chat, type Place } from "./support/chat-doors.js";
import { testDatabase } from "./support/database.js";
import { receiver, type Receiver } from "./support/receiver.js";
import { request, say, serve, type Served } from "./support/http.js";

// Whatever is said to those who decide, and by them, has the word in it; and nothing that is said in the chat.
const policy = `
tools:
  pay: { level: critical, reject_reasons: [Marked words to reject with.] }
  mail: { draft: body }
rules:
  - id: marked-rule
    when: tool == 'pay'
    tier: marked-tier
    reason: A marked reason.
    guideline: { text: A marked guideline., link: "https://marked.example/" }
    questions: [Is it marked?]
  - { id: marked-failure, when: "tool == 'pay' && args.missing > 1" }
  - { id: marked-answer, when: "tool == 'reply' && args.text.contains('secret')", tier: marked-tier, reason: Marked. }
tiers:
  marked-tier: { roles: [marked-role], respond: 1h }
`;

const script: Script = (messages, answerSchema) => {
  const asked = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
  if (answerSchema === "draft_blocks")
    return {
      text: JSON.stringify({
        blocks: [
          { kind: "uncertain", text: "Hello.", note: "A marked note.", alternatives: ["A marked wording."] },
        ],
      }),
    };
  if (asked.includes("marked")) return { text: "A marked answer to a reviewer." };
  if (isToolMessage(messages.at(-1))) return { text: `Heard: ${messages.at(-1)?.text ?? ""}` };
  const [tool = "", id = ""] = asked.split(" ");
  if (tool === "tell") return { text: `The secret of ${id}.` };
  return {
    text: "On it.",
    calls: [
      {
        tool,
        // Nobody said 77.5, and whoever decides is told so.
        args: tool === "mail" ? { id, body: "Hello." } : { id, ...(tool === "pay" ? { amount: 77.5 } : {}) },
        rationale: {
          why: "A marked why.",
          alternatives: [{ instead: "A marked other.", why_not: "Marked." }],
          confidence: 0.123,
        },
      },
    ],
  };
};

const keys = { chat: newKey(), reviewer: newKey() };
const access = createAccess(
  loadAccess(
    `
keys:
  - { id: chat, sha256: ${keys.chat.sha256} }
  - { id: reviewer, kind: person, roles: [marked-role], sha256: ${keys.reviewer.sha256} }
limits: { requestsPerMinute: 100000 }
`,
    "access.yaml",
  ),
  { now: () => new Date(), cooldownMs: 0 },
);

let at: Served;
let hooks: Receiver;
beforeAll(async () => {
  hooks = await receiver();
  at = await serve(await testDatabase(), {
    policy,
    model: scriptedModel("marked", script),
    gate: accessGate(() => access),
    webhooks: { allowed: ["127.0.0.1"], lookEveryMs: 50 },
  });
});
afterAll(async () => {
  await at.stop();
  await hooks.close();
});

const as = (who: keyof typeof keys) => ({ "x-api-key": keys[who].key });
const ask = (who: keyof typeof keys, path: string, body?: unknown) =>
  request(`${at.url}${path}`, { headers: as(who), ...(body === undefined ? {} : { body }) });

interface Waiting extends Place {
  review: { id: string; argsHash: string; policyVersion?: string };
}

async function held(words: string): Promise<Waiting> {
  const { body } = await ask("chat", "/threads", {});
  const threadId = String(body["thread_id"]);
  const run = {
    assistant_id: "support",
    ...say(words),
    stream_mode: [...streamModes],
  };
  const begun = await ask("chat", `/threads/${threadId}/runs`, run);
  await at.runtime.waitForThread("default", threadId);
  const state = (await ask("chat", `/threads/${threadId}/state`)).body as {
    checkpoint: { checkpoint_id: string };
    tasks: { interrupts: { id: string }[] }[];
  };
  const { items } = (await ask("reviewer", `/reviews?thread_id=${threadId}`)).body as {
    items: Waiting["review"][];
  };
  const [review] = items;
  if (!review) throw new Error("Nothing is held.");
  return {
    threadId,
    runId: String(begun.body["run_id"]),
    checkpointId: state.checkpoint.checkpoint_id,
    interruptId: state.tasks.flatMap(({ interrupts }) => interrupts)[0]?.id ?? "",
    rests: /"event":"interrupted"/,
    review,
  };
}

const said =
  /.{0,80}(?:marked|cannot be undone|irreversible|critical|0\.123(?!Z)|from-nowhere|neither in).{0,80}/gi;
/** Of the contract, its own words. */
const innocent = (name: string, text: string): string[] =>
  (text.match(said) ?? []).filter((found) => !(name === "openApi" && !/marked/i.test(found)));

/** The doors that show what waits. */
const showing =
  /^((create|get|patch|copy|stream|subscribe)Thread|searchThreads|getState|postStateAt|(get|post)History|(wait|join)Run|(create|wait|stream|join)Fresh|joinFreshStream|(streamRun|joinStream) (values|updates|debug|tasks))(?! with (a|what))/;

const chatOf = (words: string): Chat => ({ url: at.url, headers: as("chat"), words });
const doors = Object.entries(chatDoors).map(([name, door]) => ({ name, door }));

it("every door that they may open is looked through", () => {
  const open = Object.entries<Route>(routes)
    .filter(([, route]) => (route.for ?? "caller") === "caller" || route.for === "anybody")
    .map(([name]) => name);
  const looked = Object.keys(chatDoors).map((name) => name.split(" ")[0] ?? "");
  expect(open.filter((name) => !looked.includes(name))).toEqual([]);
});

describe("of a call that waits", () => {
  it("those who decide are told all of it", async () => {
    const { review } = await held(`pay ${randomUUID()}`);
    const shown = JSON.stringify([
      (await ask("reviewer", `/reviews/${review.id}`)).body,
      (await ask("reviewer", `/reviews/${review.id}/context`)).body,
    ]);
    for (const words of [
      "A marked reason.",
      "marked-rule",
      "marked-failure",
      "A marked guideline.",
      "https://marked.example/",
      "Is it marked?",
      "Marked words to reject with.",
      "marked-tier",
      "A marked why.",
      "0.123",
      "irreversible",
      "critical",
      "from-nowhere",
      "stands neither in what was asked",
    ])
      expect(shown).toContain(words);
  });

  it.each(doors)("whoever chats is told none of it by $name", async ({ name, door }) => {
    const one = await held(`pay ${randomUUID()}`);
    const text = await door(chatOf(`pay ${randomUUID()}`), one);
    expect([name, text.includes('"argsHash":"')]).toEqual([name, showing.test(name)]);
    expect(innocent(name, text)).toEqual([]);
  });

  it("nor by a door for others, which they find closed", async () => {
    const { threadId, review } = await held(`pay ${randomUUID()}`);
    const closed = Object.entries<Route>(routes).filter(([, { for: need }]) => need === "staff");
    expect(closed.length).toBeGreaterThan(30);
    for (const [name, { method, path, body }] of closed) {
      const url = path.replace("{thread_id}", threadId).replaceAll(/\{\w+\}/g, review.id);
      const answer = await request(`${at.url}${url}`, {
        headers: as("chat"),
        method: method.toUpperCase(),
        ...(body ? { body: {} } : {}),
      });
      expect([name, answer.status, innocent(name, JSON.stringify(answer.body))]).toEqual([name, 403, []]);
    }
  });

  it.each([`pay ${randomUUID()}`, `mail ${randomUUID()}`, `tell ${randomUUID()}`])(
    "nor by a webhook of their own: %s",
    async (words) => {
      const path = `/${randomUUID()}`;
      await ask("chat", "/runs/wait", { assistant_id: "support", ...say(words), webhook: hooks.url(path) });
      await expect.poll(() => hooks.at(path).length).toBe(1);
      const [{ text, headers } = { text: "", headers: {} }] = hooks.at(path);
      expect(text).toContain('"argsHash":"');
      expect(innocent("webhook", text + JSON.stringify(headers))).toEqual([]);
      expect(text).not.toContain("secret of");
    },
  );

  it.each([
    ["decided", (one: Waiting) => decide(one, { type: "approve" })],
    ["overdue", (one: Waiting) => outOfTime(one)],
  ])("nor by an answer to one that is %s", async (_, done) => {
    const one = await held(`pay ${randomUUID()}`);
    await done(one);
    for (const name of Object.keys(chatDoors).filter((door) => /decision|respond/.test(door))) {
      const text = (await chatDoors[name]?.(chatOf(""), one)) ?? "";
      expect(text).toMatch(
        /decision_forbidden|review_already_decided|review_expired|request_invalid|no_such_interrupt/,
      );
      expect(innocent(name, text)).toEqual([]);
    }
  });
});

describe("of a call that was released, after it was handed on and asked about", () => {
  let released: Waiting;
  beforeAll(async () => {
    released = await held(`pay ${randomUUID()}`);
    const { id } = released.review;
    const to = { person: "key:marked-colleague" };
    await ask("reviewer", `/reviews/${id}/hand-on`, { to, note: "A marked note." });
    await ask("reviewer", `/reviews/${id}/release`, {});
    const asked = await ask("reviewer", `/reviews/${id}/questions`, { text: "Is it marked?" });
    expect(JSON.stringify(asked.body)).toContain("A marked answer to a reviewer.");
    await decide(released, { type: "approve", reason: "A marked reason to approve." });
    await at.runtime.waitForThread("default", released.threadId);
    const { body } = await ask("chat", `/threads/${released.threadId}/state`);
    expect(JSON.stringify(body)).toContain("Heard: pay");
    released = { ...released, rests: /Heard: pay[^]*"event":"completed"/ };
  }, 60_000);

  it.each(doors.filter(({ name }) => !/cancel|delete/.test(name)))(
    "whoever chats is told nothing of that by $name",
    async ({ name, door }) => {
      expect(innocent(name, await door(chatOf(`pay ${randomUUID()}`), released))).toEqual([]);
    },
  );
});

describe("of words that are written together", () => {
  it.each(doors)("whoever chats is told no doubt and no other wording by $name", async ({ name, door }) => {
    const one = await held(`mail ${randomUUID()}`);
    const { body } = await ask("reviewer", `/reviews/${one.review.id}`);
    expect(JSON.stringify(body)).toContain("A marked note.");
    expect(innocent(name, await door(chatOf(`mail ${randomUUID()}`), one))).toEqual([]);
  });
});

describe("of an answer that waits", () => {
  it.each(doors)("whoever chats is told no word, and not why, by $name", async ({ name, door }) => {
    const one = await held(`tell ${randomUUID()}`);
    const { body } = await ask("reviewer", `/reviews/${one.review.id}`);
    expect(JSON.stringify(body)).toContain("The secret of");
    const text = await door(chatOf(`tell ${randomUUID()}`), one);
    expect([innocent(name, text), text.match(/.{0,60}secret of.{0,60}/gi)]).toEqual([[], null]);
  });
});

const decide = (one: Waiting, decision: object) =>
  ask("reviewer", `/reviews/${one.review.id}/decision`, {
    argsHash: one.review.argsHash,
    answers: { "Is it marked?": "A marked answer." },
    ...decision,
  }).then(({ status }) => expect(status).toBe(200));

/** Its time is over, and nobody has done yet what follows from that. */
const outOfTime = ({ review }: Waiting) =>
  at.runtime.db.once(
    { tenant: "default" },
    "update holdpoint.reviews set expires_at = now() - interval '1 ms' where review_id = $1",
    [review.id],
  );
