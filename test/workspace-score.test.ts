// A hold that was routed by its score tells what the score is made of, the weakest first.
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, scriptedModel } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { barriersOn, visitor } from "./support/pages.js";

const visit = visitor();
let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), {
    model: scriptedModel("tagger", () => ({ calls: [{ tool: "tag_ticket", args: { tag: "late" } }] })),
    tools: [
      defineTool({
        name: "tag_ticket",
        description: "Tags a ticket.",
        args: z.object({ tag: z.string() }),
        reversibility: "reversible",
        run: () => "tagged",
      }),
    ],
    policy: `
routing: { signals: { validators: 0.4, similarity: 0.6 } }
rules: [{ id: no-spam, when: "tool == 'tag_ticket' && args.tag == 'spam'" }]`,
  });
}, 120_000);
afterAll(() => at.stop());

it("what takes most from a score stands first, and what is not known is called so", async () => {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, [...at.runtime.agents.keys()][0] ?? "", say("tag it"));
  const [review] = (await at.runtime.reviews.list("default", { threadId, limit: 1 })).items;
  const { body } = await request(`${at.url}/reviews/${review?.id}/context`);
  expect(body["score"]).toEqual({
    score: 0.4,
    parts: [
      { signal: "similarity", value: null, weight: 0.6 },
      { signal: "validators", value: 1, weight: 0.4 },
    ],
  });

  const page = await visit(`${at.url}/review/${review?.id}`);
  const why = page.getByRole("region", { name: "Why you are asked" });
  await why.getByText("How little speaks against it: .40 of 1.").waitFor();
  expect(await why.locator("dt").allInnerTexts()).toEqual([
    "Like what people approved weighs .60",
    "The company's checks weighs .40",
  ]);
  expect(await why.locator("dd").allInnerTexts()).toEqual(["not known, so it counts as 0", "1"]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  expect(await barriersOn(page)).toEqual([]);
  if (process.env["SHOT"]) await page.screenshot({ path: process.env["SHOT"], fullPage: true });
});
