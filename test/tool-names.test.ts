// A name that looks like a tool's is not that tool: nothing runs under its rule, and nobody is asked to approve it.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { scriptedModel, type Script } from "../src/index.js";
import { startAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { chatModel, middlewareAgent } from "./support/middleware.js";

const database = await testDatabase();

/** Calls what the user names, letter by letter. */
const caller: Script = (messages) => {
  if (isToolMessage(messages.at(-1))) return { text: "Heard." };
  const said = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
  return { calls: [{ tool: said, args: { id: "x" } }] };
};

// `note` would run at once, and `pay` is let go by nobody.
const policy = `
rules:
  - { id: let, when: "tool == 'note'", verdict: allow }
  - { id: stop, when: "tool == 'pay'", verdict: deny }
tools: { pay: { reversibility: reversible } }
`;

const lookAlikes = {
  "a letter of another script": ["n\u043ete", "\u0440ay", "p\u0430y"],
  "wide letters": ["\uff4eote", "\uff50\uff41\uff59"],
  "what nobody sees": ["note\u200b", "\u2060note", "no\u00adte", "pay\ufeff", "\u202epay", "pay\u{e0061}"],
  "marks on its letters": ["note\u0301", "n\u00f6te"],
  "space around it": ["note ", "\tnote", "note\n", "pay\u00a0"],
  "other letters of the same kind": ["NOTE", "Pay"],
  "a NUL": ["note\0", "pay\0"],
  "a path to it": ["default.note", "note()", "../note"],
  "words of JavaScript": ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"],
};

// In a row there is no place for a NUL.
const refused = (name: string) =>
  expect.stringContaining(`There is no tool named "${name.replace("\0", "\uFFFD")}"`);

const agent = await startAgent(database, { model: scriptedModel("caller", caller), policy });
const langChain = middlewareAgent(database, { model: chatModel(caller), options: { policy } });
afterAll(() => Promise.all([agent.holdpoint.stop(), langChain.holdpoint.stop()]));

describe.each(Object.entries(lookAlikes))("a call under a tool's name with %s", (_, names) => {
  it.each(names.map((name) => [JSON.stringify(name), name]))("%s names no tool", async (_shown, name) => {
    const threadId = randomUUID();
    const { messages } = await agent.holdpoint.send(threadId, {
      messages: [{ role: "user", content: name }],
    });
    expect(messages.filter((one) => isToolMessage(one)).map(({ text }) => text)).toEqual([refused(name)]);
    expect(await agent.holdpoint.reviews({ threadId })).toEqual([]);
    expect(agent.effects.ran).toEqual([]);
  });

  it.each(names.map((name) => [JSON.stringify(name), name]))(
    "%s names none of LangChain's agent",
    async (_shown, name) => {
      const threadId = randomUUID();
      const done = await langChain.agent.invoke(
        { messages: [{ role: "user", content: name }] },
        { configurable: { thread_id: threadId } },
      );
      expect(done.messages.filter((one) => isToolMessage(one)).map(({ text }) => text)).toEqual([
        refused(name),
      ]);
      expect(await langChain.holdpoint.reviews({ threadId })).toEqual([]);
      expect(langChain.effects.ran).toEqual([]);
    },
  );
});

it("the very names are the tools, each under its own rule", async () => {
  for (const [name, said] of [
    ["note", "note x done"],
    ["pay", "Refused"],
  ] as const) {
    const { messages } = await agent.holdpoint.send(randomUUID(), {
      messages: [{ role: "user", content: name }],
    });
    expect(messages.findLast((one) => isToolMessage(one))?.text).toContain(said);
  }
  expect(agent.effects.ran.map(({ tool }) => tool)).toEqual(["note"]);
});
