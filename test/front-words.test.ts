// Words that wait, in fronts that know no blocks: what they are shown of a draft and of an answer, and what they can say
// to it, each in its own form.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scriptedModel, type Script } from "../src/index.js";
import type { HoldPayload } from "../src/review/hold.js";
import { testDatabase } from "./support/database.js";
import { doneWith } from "./support/fronts.js";
import { request, say, serve, type Served } from "./support/http.js";

/** "mail ID" proposes a mail; anything else is answered. */
const script: Script = (messages, answerSchema) => {
  if (answerSchema === "draft_blocks")
    return {
      text: JSON.stringify({
        blocks: [
          {
            kind: "confident",
            text: "Hello,",
            note: null,
            alternatives: [],
            sources: [],
            joint: "paragraph",
          },
          {
            kind: "placeholder",
            text: "",
            note: "who signs",
            alternatives: [],
            sources: [],
            joint: "nothing",
          },
        ],
      }),
    };
  const asked = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
  if (isToolMessage(messages.at(-1))) return { text: `Heard: ${messages.at(-1)?.text ?? ""}` };
  const [tool, id = ""] = asked.split(" ");
  if (tool === "mail") return { calls: [{ tool, args: { id, body: "Hello,\n\n[name]" } }] };
  return { text: `Words for ${asked}.` };
};
const model = scriptedModel("writer", script);

let mails: Served;
let replies: Served;
beforeAll(async () => {
  mails = await serve(await testDatabase(), { model, policy: "tools: { mail: { draft: body } }" });
  replies = await serve(await testDatabase(), { model, answers: "released" });
});
afterAll(() => Promise.all([mails.stop(), replies.stop()]));

type Args = Record<string, unknown>;
interface Form {
  approve(shown: Shown): unknown;
  edit(shown: Shown, args: Args): unknown;
  /** To have it not done: in words in the tool's stead, where the front has no other way. */
  refuse(shown: Shown): unknown;
}

const agUi = ({ interruptId }: Shown, entry: object) => [{ interruptId, ...entry }];
const forms: Record<string, Form> = {
  ours: {
    approve: () => ({ type: "approve" }),
    edit: (_, args) => ({ type: "edit", args }),
    refuse: () => ({ type: "reject", reason: "No mails." }),
  },
  "ours, by id": {
    approve: ({ interruptId }) => ({ [interruptId]: { type: "approve" } }),
    edit: ({ interruptId }, args) => ({ [interruptId]: { type: "edit", args } }),
    refuse: ({ interruptId }) => ({ [interruptId]: { type: "reject", reason: "No mails." } }),
  },
  LangChain: {
    approve: () => ({ decisions: [{ type: "approve" }] }),
    edit: ({ tool }, args) => ({ decisions: [{ type: "edit", editedAction: { name: tool, args } }] }),
    refuse: () => ({ decisions: [{ type: "reject", message: "No mails." }] }),
  },
  "Agent Inbox": {
    approve: () => [{ type: "accept", args: null }],
    edit: ({ tool }, args) => [{ type: "edit", args: { action: tool, args } }],
    refuse: () => [{ type: "response", args: "No mails." }],
  },
  "AG-UI": {
    approve: (shown) => agUi(shown, { status: "resolved", payload: { approved: true } }),
    edit: (shown, editedArgs) => agUi(shown, { status: "resolved", payload: { approved: true, editedArgs } }),
    refuse: (shown) => agUi(shown, { status: "resolved", payload: { approved: false, reason: "No mails." } }),
  },
  text: {
    approve: () => JSON.stringify({ type: "approve" }),
    edit: (_, args) => JSON.stringify({ type: "edit", args }),
    refuse: () => JSON.stringify({ type: "reject", reason: "No mails." }),
  },
};

interface Shown {
  interruptId: string;
  tool: string;
  value: HoldPayload & {
    action_requests?: { name: string; args: Args }[];
    action_request: { action: string; args: Args };
    config: object;
    actionRequests: { args: Args }[];
    reviewConfigs: { allowedDecisions: string[] }[];
  };
}

async function shownIn(at: Served, threadId: string): Promise<Shown | null> {
  const { interrupts } = await at.client.threads.get(threadId);
  const [interrupt] = Object.values(interrupts).flat();
  if (interrupt?.id === undefined) return null;
  const value = interrupt.value as Shown["value"];
  return { interruptId: interrupt.id, tool: value.action_request.action, value };
}

async function held(at: Served, words: string) {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say(words));
  const shown = await shownIn(at, threadId);
  if (!shown) throw new Error("Nothing waits.");
  return { threadId, shown };
}

const answer = (at: Served, threadId: string, resume: unknown) =>
  request(`${at.url}/threads/${threadId}/runs/wait`, {
    body: { assistant_id: "support", command: { resume } },
  });

const reviewOf = async (at: Served, threadId: string) => {
  const { body } = await request(`${at.url}/reviews?thread_id=${threadId}`);
  const [review] = body["items"] as { id: string; status: string; args: Args; argsHash: string }[];
  if (!review) throw new Error("Nothing waits.");
  return review;
};

/** The one block that is open, filled in at /review. */
async function finish(threadId: string): Promise<Shown> {
  const { id } = await reviewOf(mails, threadId);
  const change = { blockId: "b2", revision: 0, change: { type: "write", text: "Mara" } };
  const { body } = await request(`${mails.url}/reviews/${id}/draft/changes`, { body: change });
  // It is published by a run of its own.
  await expect
    .poll(async () => (await shownIn(mails, threadId))?.value.holdpoint.argsHash)
    .toBe(body["argsHash"]);
  return (await shownIn(mails, threadId)) as Shown;
}

describe.each(Object.entries(forms))("a draft, in the form of %s", (_, form) => {
  it("is shown as its words read; while a block is open it is neither approved nor edited", async () => {
    const id = randomUUID();
    const { threadId, shown } = await held(mails, `mail ${id}`);
    const args = { id, body: "Hello,\n\n[who signs]" };
    expect(shown.value.actionRequests[0]?.args).toEqual(args);
    expect(shown.value.action_requests?.[0]?.args).toEqual(args);
    expect(JSON.stringify(shown)).not.toMatch(/placeholder|"blocks"|isOpen/);
    for (const resume of [form.approve(shown), form.edit(shown, { id, body: "All mine." })])
      expect(await answer(mails, threadId, resume)).toMatchObject({
        status: 422,
        body: { code: "draft_incomplete" },
      });
    expect(await reviewOf(mails, threadId)).toMatchObject({ status: "open", args });
    expect(doneWith(mails, id)).toEqual([]);
  });

  it("is refused while it is open, as it stands", async () => {
    const id = randomUUID();
    const { threadId, shown } = await held(mails, `mail ${id}`);
    const { body } = await answer(mails, threadId, form.refuse(shown));
    expect(JSON.stringify(body)).toMatch(/Heard: .*No mails\./);
    expect(doneWith(mails, id)).toEqual([]);
  });

  it("is shown whole when nothing in it is open, and goes out as it is shown then", async () => {
    const id = randomUUID();
    const { threadId } = await held(mails, `mail ${id}`);
    const shown = await finish(threadId);
    const args = { id, body: "Hello,\n\nMara" };
    expect(shown.value.actionRequests[0]?.args).toEqual(args);
    expect((await answer(mails, threadId, form.approve(shown))).status).toBe(200);
    expect(doneWith(mails, id)).toEqual([args]);
  });

  it("is written anew as a whole when nothing in it is open", async () => {
    const id = randomUUID();
    const { threadId } = await held(mails, `mail ${id}`);
    const shown = await finish(threadId);
    const args = { id, body: "All mine." };
    expect((await answer(mails, threadId, form.edit(shown, args))).status).toBe(200);
    expect(doneWith(mails, id)).toEqual([args]);
  });
});

describe.each(Object.entries(forms))("an answer that waits, in the form of %s", (_, form) => {
  it("is shown without a word of it, and answered by nothing", async () => {
    const { threadId, shown } = await held(replies, "hello");
    expect(shown.value).toMatchObject({
      reason: "holdpoint:reply",
      message: expect.stringContaining("An answer is written"),
      actionRequests: [{ name: "reply", args: {} }],
      reviewConfigs: [{ allowedDecisions: [] }],
      config: { allow_accept: false, allow_edit: false, allow_respond: false, allow_ignore: false },
      holdpoint: { kind: "reply", argsHash: "", allowedAnswers: [] },
    });
    // Agent Chat UI shows what has no such list as it is, without buttons; AG-UI offers no edit and no approval.
    expect(shown.value).not.toHaveProperty("action_requests");
    expect(shown.value).not.toHaveProperty("responseSchema");
    const said = [form.approve(shown), form.edit(shown, { text: "Mine." }), form.refuse(shown)];
    for (const resume of said) {
      const refused = await answer(replies, threadId, resume);
      expect(refused).toMatchObject({ status: 422, body: { code: "answer_not_allowed" } });
      expect(JSON.stringify([refused.body, shown])).not.toContain("Words for");
    }
    expect(await reviewOf(replies, threadId)).toMatchObject({
      status: "open",
      args: { text: "Words for hello." },
    });
  });
});
