import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { reviewSchema, type Review } from "../src/http/contract.js";
import { testDatabase } from "./support/database.js";
import { freePort } from "./support/free-port.js";

const compiled = (file: string): string => fileURLToPath(new URL(`../dist/src/${file}`, import.meta.url));
const databaseUrl = await testDatabase();

let home: string;
let port: number;
let server: ReturnType<typeof spawn>;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "holdpoint-cli-"));
  port = await freePort();
  server = spawn(process.execPath, [compiled("server.js")], {
    env: environment({ PORT: String(port), HOLDPOINT_HOME: home, DATABASE_URL: databaseUrl }),
    stdio: ["ignore", "ignore", "inherit"],
  });
  await until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
});
afterAll(async () => {
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  await ended;
  await rm(home, { recursive: true, force: true });
});

describe("who has a held call, on the command line", () => {
  it("a hold is claimed, given back, handed on, and shown so", async () => {
    const chat = start(["chat"], "refund 20 EUR for order 8842\n");
    const id = await shown(chat, /holdpoint approve (\S+)/);
    expect(await holdpoint("claim", id)).toMatchObject({
      code: 0,
      out: expect.stringContaining("local has it until"),
    });
    expect((await holdpoint("show", id)).out).toMatch(/status +claimed, claimed by local until \d/);
    expect((await holdpoint("release", id)).out).toContain("nobody has it");
    expect((await holdpoint("hand-on", id)).code).toBe(2);
    expect((await holdpoint("hand-on", id, "--to-tier", "domain-expert", "--note", "Odd.")).out).toContain(
      "it waits for domain-expert",
    );
    expect(await holdpoint("hand-on", id, "--to-tier", "team-member")).toMatchObject({ code: 1 });
    const { out } = await holdpoint("hand-on", id, "--to-person", "mara");
    expect(out).toContain("mara has it until");
    expect(out).toContain(
      `is not known here: if it is misspelt, nobody decides this for hours. Take it back with: holdpoint release ${id}`,
    );
    expect(await holdpoint("approve", id)).toMatchObject({
      code: 1,
      err: expect.stringContaining("mara has"),
    });
    expect(await holdpoint("undo", id)).toMatchObject({
      code: 1,
      err: expect.stringContaining("no decision"),
    });
    await holdpoint("release", id);
    expect((await holdpoint("reject", id, "--reason", "No.")).code).toBe(0);
    expect(await chat.ended).toBe(0);
  });
});

describe("a chat on the command line", () => {
  it("shows a hold, and goes on by itself when it is approved elsewhere", async () => {
    const chat = start(["chat"], "refund 420 EUR for order 8841\n");
    const threadId = await shown(chat, /^Thread (\S+)$/m);
    const id = await shown(chat, /holdpoint approve (\S+)/);
    expect(chat.out).toMatch(/\[held\] "[^"]*420[^"]*" waits for a person\./);
    expect(chat.out).toContain(`  HOLDPOINT_URL=http://127.0.0.1:${port} npx holdpoint show ${id}\n`);

    const list = await holdpoint("reviews");
    expect(list.out).toMatch(new RegExp(`^${id}\\S*\\s+open\\s+high\\s+.*420.*${threadId}$`, "m"));
    const shownReview = await holdpoint("show", id);
    const review = await reviewOf(id);
    expect(shownReview.out).toContain(review.argsHash);
    expect(shownReview.out).toContain('"orderId": "8841"');

    expect(await holdpoint("approve", id)).toMatchObject({
      code: 0,
      out: expect.stringContaining("Approved."),
    });
    expect(await chat.ended).toBe(0);
    expect(chat.out).toMatch(/agent: .*420/s);
    expect((await reviewOf(id)).decision).toMatchObject({ type: "approve", seenHash: review.argsHash });
  });

  it("is with the agent that is named, where the server has it", async () => {
    const chat = start(["chat", "--agent", "support"], "where is order 8841?\n");
    expect(await chat.ended).toBe(0);
    expect(chat.out).toContain("Order 8841 is");
    expect(await holdpoint("chat", "--agent", "nobody")).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("nobody"),
    });
  });

  it("each line is a message, and each message is shown once", async () => {
    const chat = start(["chat"], "where is order 8841?\nwhere is order 8842?\n");
    expect(await chat.ended).toBe(0);
    expect(chat.out.match(/Order 8841 is/g)).toHaveLength(1);
    expect(chat.out.match(/Order 8842 is/g)).toHaveLength(1);
  });

  it("a server that goes away in the middle of an answer is told in one sentence, with how to go on", async () => {
    const proxy = await passOn(`http://127.0.0.1:${port}`, { fallsSilentIn: "/runs/stream" });
    const threadId = randomUUID();
    const chat = start(["chat", "--thread", threadId], null, { HOLDPOINT_URL: proxy.url });
    await shown(chat, /^Thread (\S+)$/m);
    chat.type("where is order 8841?\n");
    await shown(chat, /^agent: \w+/m);
    proxy.stop();
    expect(await chat.ended).toBe(1);
    expect(chat.out).toMatch(/\nagent: .*\n$/);
    expect(chat.err).toBe(
      `The server at ${proxy.url} does not answer any more; what it had taken is kept, so start it again and go on ` +
        `with: HOLDPOINT_URL=${proxy.url} npx holdpoint chat --thread ${threadId}\n`,
    );
  });

  it("a server that goes away while something is held ends it in the same words", async () => {
    const proxy = await passOn(`http://127.0.0.1:${port}`, {});
    const chat = start(["chat"], null, { HOLDPOINT_URL: proxy.url });
    chat.type("refund 420 EUR for order 8841\n");
    const threadId = await shown(chat, /^Thread (\S+)$/m);
    await shown(chat, /\[held\]/);
    proxy.stop();
    expect(await chat.ended).toBe(1);
    expect(chat.err).toContain(`does not answer any more`);
    expect(chat.err).toContain(`npx holdpoint chat --thread ${threadId}\n`);
  });

  it("an id of a thread that cannot be one is told in one sentence", async () => {
    for (const id of ["a b", "my-thread"]) {
      const refused = await holdpoint("chat", "--thread", id);
      expect(refused).toMatchObject({ code: 1, out: "" });
      expect(refused.err).toMatch(/^[^{}\n]*thread_id[^{}\n]*\n$/);
    }
    expect(await holdpoint("chat", "--thread", "")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--thread is empty"),
    });
  });

  it("goes on with an earlier thread, without showing it again", async () => {
    const threadId = randomUUID();
    const first = start(["chat", "--thread", threadId], "where is order 8841?\n");
    expect(await first.ended).toBe(0);
    const second = start(["chat", "--thread", threadId], "where is order 8842?\n");
    expect(await second.ended).toBe(0);
    expect(second.out).not.toContain("Order 8841 is");
    expect(second.out).toContain("Order 8842 is");
  });
});

describe("deciding on the command line", () => {
  it("a second decision is told who was first and when, and changes nothing", async () => {
    const { id } = await heldRefund();
    expect((await holdpoint("approve", id)).code).toBe(0);
    const second = await holdpoint("reject", id, "--reason", "too late");
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/decided by local at \d{4}-\d\d-\d\dT[\d:.]+Z, .*approve/);
    expect((await reviewOf(id)).decision).toMatchObject({ type: "approve" });
  });

  it("an edit releases the call with the new arguments", async () => {
    const { id } = await heldRefund();
    const args = { orderId: "8841", amount: 100, currency: "EUR" };
    expect((await holdpoint("edit", id, "--args", JSON.stringify(args))).code).toBe(0);
    const review = await reviewOf(id);
    expect(review.decision).toMatchObject({ type: "edit", args });
    // What was decided comes first, and is told apart from what was proposed.
    const [decided = "", proposed = ""] = (await holdpoint("show", id)).out.split(/^ {2}proposed /m);
    expect(decided).toContain(`hash      ${review.decision?.argsHash}\n`);
    expect(decided).toContain('"amount": 100');
    expect(decided).not.toMatch(/"amount": 420/);
    expect(decided).toMatch(/^ {2}edit by local at /m);
    expect(proposed).toContain(review.title);
    expect(proposed).toContain(`hash      ${review.argsHash}\n`);
    expect(proposed).toContain('"amount": 420');
  });

  it("an edit that the tool does not take leaves the review open", async () => {
    const { id } = await heldRefund();
    const edited = await holdpoint("edit", id, "--args", '{"orderId": 1}');
    expect(edited).toMatchObject({ code: 1 });
    expect((await reviewOf(id)).status).toBe("open");
    expect((await holdpoint("edit", id, "--args", "{oops")).code).toBe(2);
  });

  it("a rejection carries its reason, and an answer in the tool's place its message", async () => {
    const { id } = await heldRefund();
    expect((await holdpoint("reject", id)).code).toBe(2);
    expect((await holdpoint("reject", id, "--reason", "not owed")).code).toBe(0);
    expect((await reviewOf(id)).decision).toMatchObject({ type: "reject", reason: "not owed" });

    const other = await heldRefund();
    expect((await holdpoint("respond", other.id, "--message", "paid by hand")).code).toBe(0);
    expect((await reviewOf(other.id)).decision).toMatchObject({ type: "respond", message: "paid by hand" });
  });

  it("what an agent asks is shown as that, and answered by one of its options", async () => {
    const { id } = await heldBy("ask a person whether order 8841 is refunded in full");
    expect((await holdpoint("show", id)).out).toContain("for an answer, which the agent goes on with");
    expect(await holdpoint("approve", id)).toMatchObject({ code: 1 });
    expect(await holdpoint("respond", id, "--option", "Refund double")).toMatchObject({ code: 1 });
    expect(await holdpoint("respond", id, "--option", "No, and say why")).toMatchObject({
      code: 0,
      out: expect.stringContaining("goes on with it"),
    });
    expect((await reviewOf(id)).decision).toMatchObject({ args: { picked: "No, and say why" } });
    const shownAgain = (await holdpoint("show", id)).out;
    expect(shownAgain).toContain("respond by local");
    expect(shownAgain).not.toContain("a person changed");
  });

  it("the beginning of an id is enough, and an unknown one is told", async () => {
    const { id } = await heldRefund();
    expect((await holdpoint("show", id.slice(0, 12))).out).toContain(id);
    expect(await holdpoint("show", "zzzz")).toMatchObject({ code: 1 });
    expect(await holdpoint("settle", id, "--happened")).toMatchObject({ code: 1 });
  });

  it("decided reviews are listed only when asked for", async () => {
    const { id } = await heldRefund();
    await holdpoint("reject", id, "--reason", "not owed");
    const ids = (text: string): string[] =>
      reviewSchema
        .array()
        .parse(JSON.parse(text))
        .map((review) => review.id);
    expect(ids((await holdpoint("reviews", "--json")).out)).not.toContain(id);
    expect(ids((await holdpoint("reviews", "--all", "--json")).out)).toContain(id);
  });

  it("control and bidirectional characters are shown as escapes", async () => {
    const { id } = await heldRefund();
    await holdpoint("reject", id, "--reason", "no\u001b[2J");
    const hostile: Review = {
      ...(await reviewOf(id)),
      title: "Refund \u202e024 EUR\u001b[1A",
      args: { orderId: "8841\u009b2K", "\u2066note": "\r\u001b]52;c;cm0=\u0007" },
    };
    const stop = {
      id,
      kind: "tool",
      name: "issue_refund",
      by: { id: "ada\u202e", kind: "person" },
      why: "\u001b[2J",
      at: new Date().toISOString(),
      lifted: null,
    };
    const comment = { kind: "commented", by: stop.by, at: stop.at, text: "\u001b[2J", to: "ben\u202e" };
    const imposter = serveJson((path) => {
      if (path.startsWith("/stops")) return { items: [stop] };
      if (path.endsWith("/context")) return { events: [comment] };
      return path.startsWith("/reviews?") ? { items: [hostile], next: null } : hostile;
    });
    const HOLDPOINT_URL = await imposter.url;
    const commands = [
      ["show", id],
      ["show", id, "--json"],
      ["reviews"],
      ["reviews", "--json"],
      ["approve", id],
    ];
    for (const command of commands) {
      const { code, out } = await run(command, { HOLDPOINT_URL });
      expect(code).toBe(0);
      expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    expect((await run(["show", id], { HOLDPOINT_URL })).out).toContain('"orderId": "8841\\u009b2K"');
    imposter.stop();
  });
});

describe("the words of a call on the command line", () => {
  const heldEmail = (): Promise<Review> => heldBy("e-mail the customer of order 8841");

  it("are shown in blocks, with what is open, why, and what else could stand there", async () => {
    const { id } = await heldEmail();
    const said = await holdpoint("show", id);
    expect(said.out).toMatch(
      new RegExp(
        `^ {2}draft +2 of 4 blocks are open: finish them with holdpoint draft ${id}, or at /review`,
        "m",
      ),
    );
    const { code, out } = await holdpoint("draft", id);
    expect(code).toBe(0);
    expect(out).toContain("b1   confident\n     Hello,\n     \n     thank you for your patience");
    expect(out).toContain("     from user: order 8841\n");
    expect(out).toContain("b2   placeholder, open: What came of it: I have not looked into the order.");
    expect(out).toContain("b3   uncertain, open: A promise");
    expect(out).toContain("     1. We will be back to you soon.\n     2. You need do nothing more.\n");
    expect(said.out).toContain("b3   uncertain, open: A promise");
  });

  it("are finished block by block, and then released", async () => {
    const { id } = await heldEmail();
    expect(await holdpoint("approve", id)).toMatchObject({
      code: 1,
      err: expect.stringContaining("still open"),
    });
    const written = await holdpoint("draft", id, "b2", "--write", "It arrives tomorrow.");
    expect(written.out).toContain("b2   placeholder, revision 1 by local");
    expect(written.out).toContain("     It arrives tomorrow.\n");
    expect(written.out).toContain("1 of 4 blocks is open");
    expect((await holdpoint("draft", id, "b3", "--pick", "2")).out).toContain("You need do nothing more.");
    expect((await holdpoint("draft", id, "b3", "--restore")).out).toContain(
      "b3   uncertain, open, revision 2",
    );
    expect((await holdpoint("draft", id, "b3", "--accept")).out).toMatch(/\nfinished\n$/);
    expect((await holdpoint("draft", id, "b4", "--remove")).out).toContain("(nothing stands here)");
    expect((await holdpoint("approve", id)).code).toBe(0);
    expect((await reviewOf(id)).decision?.args["body"]).toMatch(
      /order 8841\.\n\nIt arrives tomorrow\.\n\nWe will be back to you within two days\.$/,
    );
    expect(await holdpoint("draft", id, "b4", "--restore")).toMatchObject({
      code: 1,
      err: expect.stringContaining("decided"),
    });
  });

  it("are proposed anew by the agent, and stay until a proposal is taken", async () => {
    const { id } = await heldEmail();
    expect(await holdpoint("draft", id, "b1", "--take")).toMatchObject({
      code: 1,
      err: expect.stringContaining("--ask"),
    });
    const none = await holdpoint("draft", id, "b4", "--ask", "Shorter, please.");
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining("no other words") });
    await holdpoint("draft", id, "b3", "--write", "It is late. We are sorry.");
    const asked = await holdpoint("draft", id, "b3", "--ask", "Shorter, please.");
    expect(asked.out).toMatch(/the agent proposes \(Shorter\..*\):\n {5}It is late\.\n/);
    expect((await reviewOf(id)).draft?.blocks[2]?.text).toBe("It is late. We are sorry.");
    const taken = await holdpoint("draft", id, "b3", "--take");
    expect(taken.out).toContain("b3   uncertain, revision 2 by local");
    expect((await reviewOf(id)).draft?.blocks[2]?.text).toBe("It is late.");
  });

  it("of a block that somebody changed meanwhile are not overwritten, and what stands there now is told", async () => {
    const { id } = await heldEmail();
    await holdpoint("draft", id, "b2", "--write", "Mine.");
    const late = await holdpoint("draft", id, "b2", "--write", "Yours.", "--revision", "0");
    expect(late).toMatchObject({ code: 1, out: "" });
    expect(late.err).toMatch(/local changed this block meanwhile.*\nb2 {3}placeholder, revision 1 by local/);
    expect(late.err).toContain("     Mine.\n");
    expect((await reviewOf(id)).draft?.blocks[1]?.text).toBe("Mine.");
  });

  it("say what is wrong with what was typed", async () => {
    const { id } = await heldEmail();
    expect((await holdpoint("draft")).code).toBe(2);
    expect((await holdpoint("draft", id, "b2")).code).toBe(2);
    expect((await holdpoint("draft", id, "--accept")).code).toBe(2);
    expect((await holdpoint("draft", id, "b2", "--accept", "--remove")).err).toContain(
      "--accept and --remove",
    );
    expect((await holdpoint("draft", id, "b3", "--pick", "0")).code).toBe(2);
    expect(await holdpoint("draft", id, "b3", "--pick", "3")).toMatchObject({ code: 1 });
    expect(await holdpoint("draft", id, "b9", "--accept")).toMatchObject({
      code: 1,
      err: expect.stringContaining("b1, b2, b3, b4"),
    });
    const { id: refund } = await heldRefund();
    expect(await holdpoint("draft", refund)).toMatchObject({
      code: 1,
      err: expect.stringContaining("not written in blocks"),
    });
  });

  it("go out as a file, and what was changed in it comes back", async () => {
    const { id } = await heldEmail();
    const [text, json] = [join(home, `${id}.md`), join(home, `${id}.json`)];
    expect(await holdpoint("draft", id, "--export", text)).toMatchObject({ code: 0 });
    expect(await holdpoint("draft", id, "--export", text)).toMatchObject({
      code: 1,
      err: expect.stringContaining("is there already"),
    });
    const untouched = await holdpoint("draft", id, "--import", text);
    expect(untouched).toMatchObject({ code: 0, out: expect.stringContaining("No block was changed.") });
    expect((await reviewOf(id)).draft?.version).toBe(2);

    const written = await readFile(text, "utf8");
    await writeFile(
      text,
      written.replace("Your support desk", "Your desk").replace("to you within two days", "to you soon"),
    );
    await holdpoint("draft", id, "b4", "--write", "Mara");
    const back = await holdpoint("draft", id, "--import", text);
    expect(back.code).toBe(1);
    expect(back.out).toContain("Changed: b3.\nb4 stays: local changed this block meanwhile.");
    expect(back.out).toContain("  in the file:\n    Your desk\n  now:\n    Mara\n");
    expect((await reviewOf(id)).args["body"]).toContain("We will be back to you soon.\n\nMara");

    expect((await holdpoint("draft", id, "--export", json)).code).toBe(0);
    const document = JSON.parse(await readFile(json, "utf8")) as { changes: object[]; blocks: object[] };
    expect(document.changes).toMatchObject([
      { kind: "written" },
      { blockId: "b4", after: "Mara" },
      { blockId: "b3", before: "We will be back to you within two days." },
    ]);
    expect(document.blocks).toEqual((await reviewOf(id)).draft?.blocks);
    await writeFile(json, JSON.stringify({ ...document, blocks: document.blocks.slice(1) }));
    expect(await holdpoint("draft", id, "--import", json)).toMatchObject({
      code: 1,
      err: expect.stringContaining("Block b1 is missing"),
    });
    const { id: other } = await heldEmail();
    expect(await holdpoint("draft", other, "--import", text)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`draft of review ${id}`),
    });
    expect((await holdpoint("draft", id, "--import", join(home, "none.md"))).code).toBe(1);
    expect((await holdpoint("draft", id, "b1", "--import", text)).code).toBe(2);
  });

  it("act on no terminal, whatever they hold", async () => {
    const review = await heldEmail();
    const words = "Pay \u001b[2K1 EUR\u202e now\u200b";
    const blocks = review.draft?.blocks.map((block) => ({
      ...block,
      text: words,
      note: words,
      alternatives: [words],
      sources: [{ from: words, quote: words }],
      changedBy: words,
    }));
    const imposter = serveJson((path) =>
      path.endsWith("/context") ? { events: [] } : { ...review, draft: { ...review.draft, blocks } },
    );
    for (const command of [["show"], ["draft"]]) {
      const { code, out } = await run([...command, review.id], { HOLDPOINT_URL: await imposter.url });
      expect(code).toBe(0);
      expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    imposter.stop();
  });
});

describe("what is typed wrongly, or cannot be done", () => {
  it("a server that is not there is told, with how to start one", async () => {
    for (const command of [["reviews"], ["chat"], ["approve", "x"]]) {
      const said = await run(command, { HOLDPOINT_URL: `http://127.0.0.1:${await freePort()}` });
      expect(said).toMatchObject({ code: 1, err: expect.stringContaining("npm start") });
    }
  });

  it("an unknown command or option ends with 2, help with 0", async () => {
    expect(await holdpoint("frobnicate")).toMatchObject({
      code: 2,
      err: expect.stringContaining("frobnicate"),
    });
    expect((await holdpoint("reviews", "--frob")).code).toBe(2);
    expect(await holdpoint("--help")).toMatchObject({ code: 0, out: expect.stringContaining("approve") });
    expect(await holdpoint("policy", "check", "--help")).toMatchObject({
      code: 0,
      out: expect.stringContaining("FILE"),
    });
  });

  it("an empty id names nothing", async () => {
    for (const command of [
      ["show", ""],
      ["approve", " "],
    ]) {
      expect(await holdpoint(...command)).toMatchObject({
        code: 2,
        out: "",
        err: expect.stringMatching(/^ID is empty.*\nUsage: holdpoint /),
      });
    }
  });

  it("every command tells its own usage, and the first word of two those that begin with it", async () => {
    for (const name of ["chat", "reviews", "show", "approve", "replay", "policy", "policy check"]) {
      const help = await holdpoint(...name.split(" "), "--help");
      expect(help).toMatchObject({ code: 0, err: "" });
      expect(help.out).toMatch(new RegExp(`^Usage: holdpoint ${name}`));
    }
    expect(await holdpoint("policy")).toMatchObject({
      code: 2,
      err: expect.stringContaining("Usage: holdpoint policy check FILE"),
    });
  });

  it("--version is the version of the package", async () => {
    const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await holdpoint("--version")).toMatchObject({ code: 0, out: `${version}\n`, err: "" });
  });

  it("a policy file is checked, with the place of each problem", async () => {
    const file = join(home, "policy.yaml");
    await writeFile(file, "default: { tier: lead }\ntiers: { lead: { roles: [lead] } }\n");
    expect(await holdpoint("policy", "check", file)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`${file}: ok, version `),
    });
    await writeFile(file, "default: { tier: nobody }\nrulez: []\n");
    const wrong = await holdpoint("policy", "check", file);
    expect(wrong.code).toBe(1);
    expect(wrong.out).toMatch(new RegExp(`^${file}:1:\\d+: .*\\n${file}:2:1: .*\\n$`));
  });
});

const holdpoint = (...args: string[]) => run(args, {});

interface Started {
  out: string;
  err: string;
  ended: Promise<number>;
  /** Types more, where the input was left open. */
  type(words: string): void;
}

/** @param input all of it, or null: it stays open, as at a terminal. */
function start(args: readonly string[], input: string | null, env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [compiled("cli.js"), ...args], {
    env: environment({ PORT: String(port), ...env }),
  });
  const started: Started = {
    out: "",
    err: "",
    ended: once(child, "close").then(([code]) => Number(code)),
    type: (words) => void child.stdin.write(words),
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (started.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (started.err += text));
  if (input !== null) child.stdin.end(input);
  return started;
}

async function run(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number; out: string; err: string }> {
  const started = start(args, "", env);
  const code = await started.ended;
  return { code, out: started.out, err: started.err };
}

/** Waits until a command has said it, and gives the group. */
async function shown(command: Started, pattern: RegExp): Promise<string> {
  await until(async () => pattern.test(command.out));
  return pattern.exec(command.out)?.[1] ?? "";
}

async function reviewOf(id: string): Promise<Review> {
  const said = await holdpoint("show", id, "--json");
  return reviewSchema.parse(JSON.parse(said.out));
}

const heldSchema = z.object({
  __interrupt__: z.tuple([z.object({ value: z.object({ holdpoint: z.object({ reviewId: z.string() }) }) })]),
});

/** Has the agent propose a refund, which is held, in a thread of its own. */
const heldRefund = (): Promise<Review> => heldBy("refund 420 EUR for order 8841");

async function heldBy(words: string): Promise<Review> {
  const answer = await fetch(`http://127.0.0.1:${port}/runs/wait`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      assistant_id: "support",
      input: { messages: [{ role: "user", content: words }] },
    }),
  });
  const {
    __interrupt__: [hold],
  } = heldSchema.parse(await answer.json());
  return reviewOf(hold.value.holdpoint.reviewId);
}

function environment(more: Record<string, string>): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", ...more };
}

/** A server that answers everything with JSON, by the path. */
function serveJson(answer: (path: string) => unknown): { url: Promise<string>; stop: () => void } {
  const listener = createHttpServer((request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer(request.url ?? "")));
  }).listen(0, "127.0.0.1");
  return { url: urlOf(listener), stop: () => void listener.close() };
}

/** A way to a server, to be cut off. Of an answer at a path with `fallsSilentIn` it hands on the first words only. */
async function passOn(
  target: string,
  { fallsSilentIn }: { fallsSilentIn?: string },
): Promise<{ url: string; stop: () => void }> {
  const listener = createHttpServer((asked, response) => {
    const { method, url: path = "", headers } = asked;
    const passed = request(`${target}${path}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (fallsSilentIn === undefined || !path.includes(fallsSilentIn)) return void answer.pipe(response);
      answer.on("data", (piece: Buffer) => {
        if (piece.includes("event: messages")) answer.pause();
        response.write(piece);
      });
    });
    asked.pipe(passed);
  }).listen(0, "127.0.0.1");
  const stop = (): void => {
    listener.close();
    listener.closeAllConnections();
  };
  return { url: await urlOf(listener), stop };
}

async function urlOf(listener: Server): Promise<string> {
  await once(listener, "listening");
  const address = listener.address();
  return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = Date.now() + 45_000; Date.now() < giveUpAt; await delay(100)) {
    if (await holds().catch(() => false)) return;
  }
  throw new Error("It did not come true within 45 s.");
}
