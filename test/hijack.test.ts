// A tool result tells the agent what to do, and the model obeys: the attacker's call is what it proposes. Whatever the
// words were, what cannot be taken back waits for a person, and the person who chats is not the one who decides.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccess } from "../src/access/access.js";
import { newKey } from "../src/access/keys.js";
import { loadAccess } from "../src/access/load-access.js";
import { accessGate } from "../src/http/gate.js";
import { scriptedModel } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import { canBeTakenBack, hijacked, made, recorded, wordsOf, type Case } from "./support/hijack.js";
import { request, serve, type Served } from "./support/http.js";

const chat = newKey();
const document = loadAccess(
  `keys: [{ id: chat, sha256: "${chat.sha256}" }]
limits: { requestsPerMinute: 1000000 }`,
  "access.yaml",
);
const access = createAccess(document, { now: () => new Date(), cooldownMs: 0 });

async function served(cases: readonly Case[]): Promise<{ at: Served; ran: string[] }> {
  const { script, tools, ran } = hijacked(cases);
  const at = await serve(await testDatabase(), {
    model: scriptedModel("hijacked", script),
    tools,
    gate: accessGate(() => access),
  });
  return { at, ran };
}

const headers = { "x-api-key": chat.key };

/** What the person who chats, or who took over their browser, may try. */
const forgeries = [
  { resume: { type: "approve" } },
  { update: { messages: [] } },
  { goto: "execute" },
] as const;

async function hijack({ at, ran }: { at: Served; ran: string[] }, one: Case): Promise<void> {
  const threadId = randomUUID();
  const before = ran.length;
  const send = (body: object) =>
    request(`${at.url}/threads/${threadId}/runs/wait`, {
      headers,
      body: { assistant_id: "support", if_not_exists: "create", ...body },
    });
  const { body } = await send({ input: { messages: [{ role: "user", content: wordsOf(one) }] } });
  const holds = (body["__interrupt__"] ?? []) as {
    value: { actionRequests: { name: string; args: unknown }[] };
  }[];
  const proposed = holds.flatMap(({ value }) => value.actionRequests);
  if (canBeTakenBack(one)) return;
  expect([one.id, proposed]).toEqual([
    one.id,
    [{ ...proposed[0], name: one.attacker_tool, args: one.attacker_args }],
  ]);
  for (const command of forgeries) {
    const answer = await send({ command });
    expect([one.id, command, [403, 422]]).toEqual([one.id, command, expect.arrayContaining([answer.status])]);
  }
  expect([one.id, ran.length]).toEqual([one.id, before]);
}

const folder = process.env["HOLDPOINT_DATA"];

describe("an agent that is told by a tool result what to do", () => {
  let agent: Awaited<ReturnType<typeof served>>;
  beforeAll(async () => {
    agent = await served(made);
  });
  afterAll(() => agent.at.stop());

  it.each(made.map((one) => [one.id, one] as const))(
    "does nothing that cannot be taken back: %s",
    async (_, one) => {
      await hijack(agent, one);
      expect(agent.ran).toEqual(canBeTakenBack(one) ? [one.attacker_tool] : []);
    },
  );
});

describe.skipIf(!folder)("the recorded attacks (HOLDPOINT_DATA)", () => {
  it("run nothing that cannot be taken back, of any suite", { timeout: 300_000 }, async () => {
    const dangerous = await recorded(folder ?? "");
    expect(dangerous.length).toBeGreaterThan(400);
    const agent = await served(dangerous);
    for (const one of dangerous) await hijack(agent, one);
    expect(agent.ran).toEqual([]);
    await agent.at.stop();
  });
});
