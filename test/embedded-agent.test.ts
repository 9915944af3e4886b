// An agent on an embedded database outlives the database's server.
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startAgent } from "./support/agent.js";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "holdpoint-embedded-agent-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const postmaster = async () =>
  Number((await readFile(join(home, "postgres", "postmaster.pid"), "utf8")).split("\n")[0]);

it(
  "goes on when its embedded Postgres is killed with -9, with the hold that stood before",
  { timeout: 90_000 },
  async () => {
    const { holdpoint, effects } = await startAgent("", { database: { home } });
    const id = randomUUID();
    await holdpoint.send(id, `pay ${id}`);
    const [review] = await holdpoint.reviews({ threadId: id });
    process.kill(await postmaster(), "SIGKILL");
    const approve = () =>
      holdpoint
        .decide(review?.id ?? "", {
          type: "approve",
          argsHash: review?.argsHash ?? "",
          idempotencyKey: "once",
        })
        .then(
          ({ ok }) => (ok ? "decided" : "refused"),
          () => "away",
        );
    await expect.poll(approve, { timeout: 40_000 }).toBe("decided");
    const status = () =>
      holdpoint.wait(id).then(
        (view) => view.status,
        () => "away",
      );
    await expect.poll(status, { timeout: 40_000 }).toBe("idle");
    expect(effects.of("pay")).toHaveLength(1);
    await holdpoint.stop();
  },
);

it("goes on when the process that had started its server stops", { timeout: 90_000 }, async () => {
  const first = await startAgent("", { database: { home } });
  const second = await startAgent("", { database: { home } });
  const id = randomUUID();
  await second.holdpoint.send(id, `pay ${id}`);
  await first.holdpoint.stop();
  await expect
    .poll(
      () =>
        second.holdpoint.reviews({ threadId: id }).then(
          ({ length }) => length,
          () => "away",
        ),
      { timeout: 40_000 },
    )
    .toBe(1);
  await second.holdpoint.stop();
});
