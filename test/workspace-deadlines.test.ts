// Time that runs out while somebody looks, in a real browser.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { openReviews } from "./support/fronts.js";
import { say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";

const policy = `
rules:
  - { id: at-once, when: "tool == 'wipe'", tier: chiefs }
tiers:
  desk:   { roles: [desk], respond: 30m, then: chiefs, extend: { by: 1h, times: 1 } }
  chiefs: { roles: [chief], respond: 4h }
`;

const visit = visitor();
let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), { policy });
});
afterAll(() => at.stop());

async function held(words: string): Promise<string> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say(words));
  const [review] = await openReviews(at, threadId);
  return review?.id ?? expect.fail("Nothing waits.");
}
const pass = (id: string) =>
  at.runtime.db.pool.query(
    "update holdpoint.reviews set expires_at = now() - interval '1 millisecond' where review_id = $1",
    [id],
  );

describe("a hold with a deadline", () => {
  it("says when and where it goes on, and shows so when it does, under the eyes of who reads it", async () => {
    const name = randomUUID();
    const id = await held(`pay ${name} 5`);
    const page = await visit(`${at.url}/review/${id}`);
    await page
      .locator(".row", { hasText: name })
      .getByText(/^in (30|29) min$/)
      .waitFor();
    await page.getByText(/On silence it goes on to chiefs, in (30|29) min\./).waitFor();
    expect(await barriersOn(page)).toEqual([]);
    await pass(id);
    await page.getByText("Nobody of desk answered in time: it went on to chiefs.").waitFor();
    await page.getByText(/On silence it is refused, in (4|3) h\./).waitFor();
    await page.getByRole("button", { name: /^Approve/ }).waitFor();
  });

  it("outside of its tier's hours says until when the clock stands still, and what is done instead", async () => {
    const opensAt = new Date(Date.now() + 2 * 3_600_000);
    const closesAt = new Date(opensAt.getTime() + 2 * 3_600_000);
    const timeOf = (date: Date) => date.toISOString().slice(11, 16);
    const own = await serve(await testDatabase(), {
      policy: `
tools: { read: { reversibility: reversible } }
calendars: { office: { zone: Etc/UTC, from: "${timeOf(opensAt)}", to: "${timeOf(closesAt)}" } }
tiers: { desk: { roles: [desk], respond: 1h, hours: office, then: { instead: read, args: { id: args.id } } } }
`,
    });
    try {
      const { thread_id: threadId } = await own.client.threads.create();
      await own.client.runs.wait(threadId, "support", say("pay it 5"));
      const [review] = await openReviews(own, threadId);
      const page = await visit(`${own.url}/review/${review?.id ?? ""}`);
      await page.getByText(/On silence it is refused, and read.* is done instead, in (3|2) h\./).waitFor();
      const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", timeZone: "UTC" });
      const opens = `${day.format(opensAt)} ${timeOf(opensAt)}`;
      await page.getByText(`The clock stands still until ${opens} in UTC.`).waitFor();
      expect(await barriersOn(page)).toEqual([]);
    } finally {
      await own.stop();
    }
  });

  it("gives more time where the policy does, by a key, and shows how much is left", async () => {
    const id = await held(`pay ${randomUUID()} 5`);
    const page = await visit(`${at.url}/review/${id}`);
    await page.getByText(/, in (30|29) min\./).waitFor();
    await page.getByRole("button", { name: "Take 1 h more" }).waitFor();
    await page.keyboard.press("+");
    await page.getByText(/On silence it goes on to chiefs, in 1 h\./).waitFor();
    await page.getByText("There is no more time to take.").waitFor();
    await page.getByText(/took more time for it: until/).waitFor();
    expect(await barriersOn(page)).toEqual([]);
  });

  it("whose time ends while a rejection is being written can no longer be decided, and says so; the next one can", async () => {
    const [first, next] = [await held(`wipe ${randomUUID()}`), await held(`wipe ${randomUUID()}`)];
    const page = await visit(`${at.url}/review/${first}`);
    await page.locator("#hold-title").waitFor();
    await page.keyboard.press("r");
    await page.keyboard.type("Because");
    await pass(first);
    await page.getByText("Nobody decided in time: it is refused, and its agent is told so.").waitFor();
    expect(await page.getByRole("button", { name: /^Reject/ }).count()).toBe(0);
    expect(await barriersOn(page)).toEqual([]);
    await page.getByRole("button", { name: /^Next/ }).waitFor();
    await page.keyboard.press("j");
    await page.waitForURL((url) => !url.pathname.endsWith(first));
    await page.goto(`${at.url}/review/${next}`);
    await page.getByRole("button", { name: /^Approve/ }).waitFor();
    expect(at.effects.of("wipe")).toEqual([]);
  });
});
