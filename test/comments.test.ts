// What people say to each other about a review: comments, and a colleague who is asked.
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commentCommand } from "../src/cli/comment.js";
import { showCommand } from "../src/cli/reviews.js";
import type { ReviewContext, ReviewList } from "../src/http/contract.js";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";
import { capturingTerminal } from "./support/terminal.js";

const visit = visitor();
let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), {
    policy: "tiers:\n  support: { roles: [support] }\n  risk: { roles: [risk] }\ndefault: { tier: risk }\n",
  });
}, 120_000);
afterAll(() => desk.at.stop());

async function held(): Promise<{ id: string; threadId: string; mark: string }> {
  const mark = randomUUID();
  const { ids, threadId } = await desk.held(`pay ${mark} 5`);
  return { id: ids[0] ?? expect.fail("nothing waits"), threadId, mark };
}
const say = (who: Who, id: string, said: object) => desk.as[who](`/reviews/${id}/comments`, said);
const askedOf = async (who: Who) =>
  ((await desk.as[who]("/reviews?status=open&asked=me")).body as unknown as ReviewList).items.map(
    ({ id }) => id,
  );
const eventsOf = async (id: string) =>
  ((await desk.as.risk(`/reviews/${id}/context`)).body as unknown as ReviewContext).events;

describe("a comment", () => {
  it("is kept with the review, by whom and in its order, and changes nothing of it", async () => {
    const { id, threadId } = await held();
    const before = (await desk.as.risk(`/reviews/${id}`)).body;
    const first = await say("ada", id, { text: "  He called twice.  " });
    expect([first.status, first.body]).toMatchObject([
      200,
      { kind: "commented", text: "He called twice.", to: null, by: { id: "key:ada", kind: "person" } },
    ]);
    await say("risk", id, { text: "Then it is fine." });
    expect(await eventsOf(id)).toMatchObject([
      { kind: "commented", text: "He called twice.", by: { id: "key:ada" } },
      { kind: "commented", text: "Then it is fine.", by: { id: "key:risk" } },
    ]);
    expect((await desk.as.risk(`/reviews/${id}`)).body).toEqual(before);
    // Neither the agent nor whoever chats hears of it.
    expect(JSON.stringify(await desk.at.client.threads.getState(threadId).catch(() => ""))).not.toContain(
      "He called twice",
    );
  });

  it("may be made on what is decided, and by a colleague without its role; not by a guest, nor by an agent", async () => {
    const { id } = await held();
    const { argsHash } = (await desk.as.risk(`/reviews/${id}`)).body as { argsHash: string };
    const noRole = await desk.as.ada(`/reviews/${id}/decision`, { type: "approve", argsHash });
    expect(noRole.body["code"]).toBe("decision_forbidden");
    await desk.as.risk(`/reviews/${id}/decision`, { type: "reject", argsHash, reason: "no" });
    expect((await say("ada", id, { text: "Pity." })).status).toBe(200);
    expect((await say("guest", id, { text: "me" })).body["code"]).toBe("access_forbidden");
    expect((await say("bot", id, { text: "beep" })).body["code"]).toBe("decision_forbidden");
    expect((await say("ada", randomUUID(), { text: "?" })).body["code"]).toBe("not_found");
    expect((await say("ada", id, { text: " " })).body["code"]).toBe("request_invalid");
    expect((await eventsOf(id)).filter(({ kind }) => kind === "commented")).toHaveLength(1);
  });

  it("is kept to the letter, whatever it looks like", async () => {
    const { id } = await held();
    const text = "\u202e<script>alert(1)</script>";
    expect((await say("ada", id, { text })).status).toBe(200);
    expect((await eventsOf(id)).at(-1)).toMatchObject({ text });
  });
});

describe("a colleague who is asked", () => {
  it("finds the review among those asked of them until they say something, and nobody else does", async () => {
    const { id } = await held();
    await say("risk", id, { text: "Do you know him?", to: "key:ben" });
    expect(await askedOf("ben")).toEqual([id]);
    expect(await askedOf("ada")).toEqual([]);
    await say("ada", id, { text: "I do not." });
    expect(await askedOf("ben")).toEqual([id]);
    await say("ben", id, { text: "I do: he is good for it." });
    expect(await askedOf("ben")).toEqual([]);
    await say("risk", id, { text: "Since when?", to: "key:ben" });
    expect(await askedOf("ben")).toEqual([id]);
    expect((await say("ben", id, { text: "hm", to: "key:ben" })).body["code"]).toBe("request_invalid");
  });

  it("is asked from the command line", async () => {
    const { id } = await held();
    const terminal = capturingTerminal({ HOLDPOINT_URL: desk.at.url, HOLDPOINT_API_KEY: desk.keys.risk });
    expect(await commentCommand.run([id, "Look at this, please.", "--to", "key:ada"], terminal)).toBe(0);
    expect(terminal.said.out).toMatch(/: key:ada is asked\.\n$/);
    expect(await askedOf("ada")).toContain(id);
    expect(await showCommand.run([id], terminal)).toBe(0);
    expect(terminal.said.out).toMatch(/ {2}done +\S+ key:risk asked key:ada: Look at this, please\./);
  });

  it("is asked and answers in the workspace, by keyboard, and each sees it live", async () => {
    const { id, mark } = await held();
    // What is newest is so by number, not by letters: the tenth comes after the ninth.
    for (let nth = 0; nth < 10; nth += 1) await say("ada", id, { text: String(nth) });
    const openAs = (who: Who, path: string): Promise<Page> =>
      visit(`${desk.at.url}/review${path}`, {
        first: (page) =>
          page.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys[who] } }),
      });
    const [risk, ben] = [await openAs("risk", `/${id}`), await openAs("ben", "?asked=me")];
    await risk.locator("#hold-title").waitFor();
    // Whoever has it asks; whoever is asked answers all the same.
    await risk.keyboard.press("m");
    await risk.locator(".row", { hasText: mark }).getByText("yours").waitFor();
    await risk.keyboard.press("i");
    await risk.keyboard.type("Is that his card?");
    await risk.keyboard.press("Tab");
    await risk.keyboard.type("key:ben");
    await risk.keyboard.press("Enter");
    await risk.locator(".comment", { hasText: "Is that his card?" }).waitFor();
    expect(await barriersOn(risk)).toEqual([]);

    const row = ben.locator(".row", { hasText: mark });
    await row.click();
    await ben.locator(".comment", { hasText: "Is that his card?" }).waitFor();
    await ben.locator("#hold-title").focus();
    await ben.keyboard.press("i");
    await ben.keyboard.type("It is.");
    await ben.keyboard.press("Tab");
    await ben.keyboard.press("Enter");
    await risk.locator(".comment", { hasText: "It is." }).waitFor();
    await row.waitFor({ state: "detached" });
  });
});
