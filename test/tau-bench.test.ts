// What the benchmark on recorded service agents prints, on conversations that were made up for it.
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caughtAt, reviewedFor, riskUnderCoverage } from "../bench/ranking.js";

describe("a ranking", () => {
  const scored = (...all: [score: number, isWrong: boolean][]) =>
    all.map(([score, isWrong]) => ({ score, isWrong }));

  it("says what is caught, what has to be looked at, and what is risked", () => {
    const found = scored([0, false], [9, true], [0, false], [5, false], [0, true]);
    expect(caughtAt(found, 0.2)).toBe(0.5);
    expect(caughtAt(found, 0.4)).toBe(0.5);
    expect(caughtAt(found, 1)).toBe(1);
    expect(reviewedFor(found, 0.5)).toBe(0.2);
    expect(reviewedFor(found, 1)).toBe(1);
    expect(riskUnderCoverage(scored([0, false], [1, true]))).toBe(0.25);
  });

  it("that tells nothing apart is one by chance", () => {
    const blind = scored([0, true], [0, false], [0, true], [0, false]);
    expect(caughtAt(blind, 0.3)).toBeCloseTo(0.3);
    expect(reviewedFor(blind, 0.6)).toBeCloseTo(0.6);
    expect(riskUnderCoverage(blind)).toBeCloseTo(0.5);
  });
});

describe("npm run bench -- tau", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdpoint-tau-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const bench = (...args: string[]) =>
    spawnSync(process.execPath, ["dist/bench/main.js", "tau", ...args], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      encoding: "utf8",
      env: { ...process.env, HOLDPOINT_DATA: "" },
    });

  type Call = [tool: string, args: object, result: string, label?: { isWrong: boolean }];

  /** Recordings of one call after another, and their labels. */
  async function record(conversations: { id: string; model: string; words: string; calls: Call[] }[]) {
    const lines = (rows: object[]) => gzipSync(rows.map((row) => JSON.stringify(row)).join("\n"));
    const domain = "retail";
    const trajectories = conversations.map(({ id, words, calls }) => {
      return { id, domain, gt: [], msgs: [["u", words], ...calls.map((call) => ["t", ...call.slice(0, 3)])] };
    });
    const labels = conversations.flatMap(({ id, model, calls }) =>
      calls.map(([tool, args, , label], step) => ({
        id: `${id}:${step}`,
        domain,
        model,
        task_id: id,
        tool,
        args,
        kind: label ? "write" : "read",
        ...(label ? { wrong_executed: label.isWrong, is_correct: !label.isWrong } : {}),
      })),
    );
    await writeFile(join(folder, "tau_trajectories.x.jsonl.gz"), lines(trajectories));
    await writeFile(join(folder, "tau_calls.x.jsonl.gz"), lines(labels));
  }

  const order = {
    user_id: "kim_1",
    items: [],
    payment_history: [{ payment_method_id: "card_1", amount: 5 }],
  };
  const cancelling = (status: string, isWrong: boolean, order_id = "#1"): Call[] => [
    ["find_user_id_by_email", { email: "kim@example.com" }, "kim_1"],
    ["get_order_details", { order_id }, JSON.stringify({ ...order, status })],
    ["cancel_pending_order", { order_id, reason: "no longer needed" }, "{}", { isWrong }],
  ];

  const figuresIn = (stdout: string) =>
    new Map(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { figure: string; value: number; n: number })
        .map(({ figure, ...rest }) => [figure, rest]),
    );

  it("prints one figure a line: a wrong write that the policy objects to is the first to be looked at", async () => {
    const words = "Yes, cancel it.";
    await record([
      { id: "t-1", model: "m", words, calls: cancelling("pending", false) },
      { id: "t-2", model: "m", words, calls: cancelling("delivered", true) },
      { id: "t-3", model: "m", words, calls: cancelling("pending", false) },
      { id: "t-4", model: "m", words, calls: cancelling("pending", false) },
      { id: "t-5", model: "gpt-oss-120b", words, calls: cancelling("pending", true) },
    ]);
    const { stdout, stderr, status } = bench("--data", folder);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const figures = figuresIn(stdout);
    const value = (figure: string) => figures.get(figure)?.value;
    expect(figures.get("caught_at_30pct_reviewed")).toMatchObject({ value: 1, n: 4 });
    expect(figures.get("caught_at_30pct_reviewed__objections__with_looping")).toMatchObject({ n: 5 });
    expect(value("reviewed_for_60pct_caught")).toBe(0.15);
    expect(value("caught_at_30pct_reviewed__random")).toBe(0.3);
    expect(value("aurc")).toBeLessThan(value("aurc_random") ?? 0);
    expect(value("aurc_random")).toBe(0.25);
    expect(value("caught_at_30pct_reviewed__without_pack")).toBe(0.3);
    expect(value("reviewed_for_60pct_caught__gate_everything")).toBe(1);
    expect([value("objected"), value("precision")]).toEqual([0.25, 1]);
  });

  it("a write after one that was not let through is objected to, until one was right", async () => {
    const calls = [
      ...cancelling("delivered", true),
      ...cancelling("pending", false, "#2"),
      ...cancelling("pending", false, "#3"),
    ];
    await record([
      { id: "t-1", model: "m", words: "Yes, cancel them.", calls },
      { id: "t-2", model: "m", words: "Yes, cancel it.", calls: cancelling("pending", false) },
    ]);
    const figures = figuresIn(bench("--data", folder).stdout);
    expect(figures.get("objected")).toMatchObject({ value: 0.5, n: 4 });
    expect(figures.get("precision")).toMatchObject({ value: 0.5, n: 2 });
  });

  it("a certificate on half of the tasks is held against the other half, and an alarm is tripped, with pictures", async () => {
    // One call in ten is wrong, and nothing is objected to any of them.
    await record(
      Array.from({ length: 400 }, (_, nth) => ({
        id: `t-${nth}`,
        model: nth < 380 ? "m" : "gpt-oss-120b",
        words: "Yes, cancel it.",
        calls: cancelling("pending", nth % 10 === 0 || nth >= 380),
      })),
    );
    const { stdout, stderr } = bench("--data", folder, "--plot", join(folder, "images"));
    expect(stderr).toBe("");
    for (const name of [
      "risk-coverage-light",
      "risk-coverage-dark",
      "calibration-light",
      "calibration-dark",
    ]) {
      const picture = await readFile(join(folder, "images", `${name}.svg`), "utf8");
      expect(picture).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(picture).toContain(name.startsWith("risk") ? "Of these, wrong (%)" : "Not wrong (% of writes)");
      expect(picture).not.toContain("NaN");
    }
    const figures = stdout
      .trim()
      .split("\n")
      .map(
        (line) =>
          JSON.parse(line) as { figure: string; value: number; n: number; at: Record<string, number> },
      );
    const figure = (name: string) => figures.find((one) => one.figure === name);
    expect(figure("validity_violations")).toMatchObject({
      value: 0,
      n: 400,
      at: { with_a_threshold: 0, reviewed: 1, caught: 1 },
    });
    expect(figure("validity_violations__single_85")).toMatchObject({ value: 1, at: { reviewed: 0 } });
    // Where one in five may be wrong, most halves say so.
    expect(figure("validity_violations__at_20pct")).toMatchObject({ value: 0 });
    expect(figure("validity_violations__at_20pct")?.at["reviewed"]).toBeLessThan(0.3);
    expect(figure("adversarial_certified")).toMatchObject({ value: 0, n: 400 });
    expect(figure("shift_alarm")).toMatchObject({ value: 1 });
    expect(figure("shift_alarm__looping_model_comes_in")).toMatchObject({
      value: 1,
      at: { error_before: 0.1, error_after: 1 },
    });
  });

  it("ends with 2 where a file is missing, and says which", async () => {
    expect(bench("--data", join(folder, "none"))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("no tau_calls.*.jsonl.gz") as string,
    });
    expect(bench()).toMatchObject({ status: 2, stderr: expect.stringContaining("HOLDPOINT_DATA") as string });
  });
});
