// A server on which nothing was ever proposed, and one on which all is done: what its reader finds at the page.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoModel } from "../examples/support/demo-model.js";
import { supportAgent } from "../examples/support/agent.js";
import { activitySchema } from "../src/http/contract.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk } from "./support/people.js";

const visit = visitor();
const activityOf = async (served: Served) =>
  activitySchema.parse((await request(`${served.url}/activity`)).body);

describe("before anything was proposed", () => {
  let at: Served;
  beforeAll(async () => {
    at = await serve(await testDatabase(), await supportAgent({}));
  }, 120_000);
  afterAll(() => at.stop());

  it("the page tells how an agent is connected; one click makes a hold, which opens by itself and is decided", async () => {
    expect(await activityOf(at)).toEqual({
      hasBegun: false,
      ranWithoutAsking: 0,
      demo: { assistantId: "support", text: "refund 420 EUR for order 8841" },
    });
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      const page = await visit(`${at.url}/review`, { viewport });
      const shown = page.locator(".first-run:visible");
      await shown.getByText("createHoldpoint(").waitFor();
      await shown.getByText("langgraph.json").waitFor();
      await shown.getByText("holdpointMiddleware(").waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
      expect(await barriersOn(page)).toEqual([]);
    }
    const page = await visit(`${at.url}/review`);
    await page.getByRole("button", { name: "Make a demo hold" }).click();
    await page.locator("#hold-title", { hasText: "420" }).waitFor();
    await page.keyboard.press("a");
    await page.getByRole("button", { name: /^Confirm/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("Nothing waits for you.").waitFor();
    await page.locator(".empty", { hasText: "1 call decided today." }).waitFor();
    expect(await page.getByRole("button", { name: "Make a demo hold" }).count()).toBe(0);
    expect((await activityOf(at)).hasBegun).toBe(true);
  });

  it("says what ran without a person, once something has", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say("where is order 8841?"));
    expect(await activityOf(at)).toMatchObject({ hasBegun: true, ranWithoutAsking: 1 });
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await request(`${at.url}/activity?since=${later}`)).body).toMatchObject({ ranWithoutAsking: 0 });
    const page = await visit(`${at.url}/review`);
    await page.locator(".empty", { hasText: "1 call ran today without a person" }).waitFor();
  });
});

it("no demo is offered where the agent has another model, and what was refused is said", async () => {
  const other = await serve(await testDatabase());
  expect((await activityOf(other)).demo).toBeNull();
  const page = await visit(`${other.url}/review`);
  await page.locator(".first-run:visible").waitFor();
  expect(await page.getByRole("button", { name: "Make a demo hold" }).count()).toBe(0);
  await other.stop();

  const demo = await serve(await testDatabase(), { model: demoModel() });
  const away = await visit(`${demo.url}/review`);
  await away.route("**/threads", (route) => route.abort());
  await away.getByRole("button", { name: "Make a demo hold" }).click();
  await away.getByRole("alert").getByText("does not answer").waitFor();
  expect(await away.getByRole("button", { name: "Make a demo hold" }).isEnabled()).toBe(true);
  await demo.stop();
});

it("what went on is for people with a role", async () => {
  const desk = await serveDesk(await testDatabase());
  expect((await desk.as.ada("/activity")).status).toBe(200);
  expect((await desk.as.guest("/activity")).status).toBe(403);
  await desk.at.stop();
});
