// The access file: how it is read, how the command makes one, and what a server does with it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAccess } from "../src/access/access.js";
import { isKey, keyRing, newKey } from "../src/access/keys.js";
import { loadAccess } from "../src/access/load-access.js";
import { accessCheckCommand, accessKeyCommand } from "../src/cli/access.js";
import { reviewsCommand } from "../src/cli/reviews.js";
import { accessGate } from "../src/http/gate.js";
import { hostApp } from "../src/http/host-app.js";
import { isHoldpointError } from "../src/kernel/errors.js";
import { subjectOf } from "../src/kernel/principal.js";
import { testDatabase } from "./support/database.js";
import { request, serve } from "./support/http.js";
import { capturingTerminal } from "./support/terminal.js";

const problemsOf = (text: string): string[] => {
  try {
    loadAccess(text, "access.yaml");
    return [];
  } catch (error) {
    if (!isHoldpointError(error, "access_invalid")) throw error;
    return error.message.split("\n");
  }
};

const hash = "a".repeat(64);
const otherHash = "b".repeat(64);

describe("an access file", () => {
  it.each([
    ["that is empty", "", "1:1: An empty access file"],
    ["that names nobody", "origins: [https://a.example]", "1:1: An empty access file"],
    ["with a key in clear", "keys:\n  - { id: a, sha256: hp_secret }", "2:22: This is no SHA-256"],
    [
      "with every role",
      `keys:\n  - { id: a, roles: ["*"], sha256: ${hash} }`,
      '2:23: Name the roles; there is no "*"',
    ],
    ["with a misspelt word", `keys:\n  - { id: a, role: b, sha256: ${hash} }`, '2:14: Unknown key "role"'],
    [
      "with one key twice",
      `keys:\n  - { id: a, sha256: ${hash} }\n  - { id: b, sha256: ${hash} }`,
      "3:22: This key stands above already",
    ],
    [
      "with keys of an issuer fetched in clear",
      "issuers:\n  - { issuer: a, audience: b, jwks: http://a.example/jwks }",
      "2:37: Its keys decide who comes in",
    ],
    [
      "with shared secrets",
      "issuers:\n  - { issuer: a, audience: b, jwks: https://a/jwks, algorithms: [HS256] }",
      "2:66: Invalid option",
    ],
    ["without an audience", "issuers:\n  - { issuer: a, jwks: https://a/jwks }", '"audience" is missing'],
    [
      "with two issuers whose people could have one id",
      "issuers:\n  - { issuer: a, audience: b, jwks: https://a/jwks }\n  - { issuer: c, audience: b, jwks: https://c/jwks, name: c }",
      "2:15: Where there is more than one issuer each needs a name",
    ],
    [
      "with an issuer that could name the holder of a key",
      "issuers:\n  - { name: key, issuer: a, audience: b, jwks: https://a/jwks }",
      "2:13: A name has no colon",
    ],
    [
      "with a key whose person is another key that does not say so",
      `keys:\n  - { id: Ada, sha256: "${hash}" }\n  - { id: bot, person: ada, sha256: "${otherHash}" }`,
      '3:24: "ada" is the id of another key, which does not name this person',
    ],
    [
      "with a key that is named by its whole id",
      `keys:\n  - { id: ada, sha256: "${hash}" }\n  - { id: bot, person: "key:ada", sha256: "${otherHash}" }`,
      '3:25: "key:ada" is the id of another key',
    ],
    [
      "with two keys of one account that are two people's",
      `keys:\n  - { id: ada, person: jane, sha256: "${hash}" }\n  - { id: ada, sha256: "${otherHash}" }`,
      '3:11: "ada" stands above with another person',
    ],
    [
      "that lets every page in",
      `keys: [{ id: a, sha256: ${hash} }]\norigins: ["*"]`,
      "2:12: An origin is scheme, host and port",
    ],
    [
      "with a page that is more than an origin",
      `keys: [{ id: a, sha256: ${hash} }]\norigins: [https://a.example/]`,
      "2:11: An origin is scheme, host and port",
    ],
  ])("%s is refused where it is wrong", (_, text, problem) => {
    const problems = problemsOf(text);
    expect(problems.some((line) => line.startsWith("access.yaml:") && line.includes(problem))).toBe(true);
  });

  it("whatever it holds, is read or refused by line, and never a fault", () => {
    const any = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .object({ key: fc.constantFrom("keys", "issuers", "origins", "limits", "id") })
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(any, (text) => {
        for (const line of problemsOf(text)) expect(line).toMatch(/^access\.yaml(:\d+:\d+)?: /);
      }),
    );
  });
});

describe("a key", () => {
  it("opens for whom it was made, and no other text does", () => {
    const { key, sha256 } = newKey();
    const holderOf = keyRing([{ id: "ops", kind: "service", tenant: "acme", roles: ["operator"], sha256 }]);
    expect(holderOf(key)).toEqual({ id: "key:ops", kind: "service", tenant: "acme", roles: ["operator"] });
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom(sha256, key.slice(0, -1), `${key} `, key.toLowerCase())),
        (other) => {
          expect(other === key ? null : holderOf(other)).toBeNull();
        },
      ),
    );
    expect(isKey(key)).toBe(true);
  });
});

describe("on the command line", () => {
  it("a key is made with its line, which the file takes as it stands", async () => {
    const terminal = capturingTerminal();
    const args = ["desk", "--role", "support", "--role", "lead", "--tenant", "acme", "--person"];
    expect(await accessKeyCommand.run(args, terminal)).toBe(0);
    const key = terminal.said.out.trim();
    const line = terminal.said.err.split("\n").find((one) => one.startsWith("  - "));
    const document = loadAccess(`keys:\n${line}\n`, "access.yaml");
    const access = createAccess(document, { now: () => new Date(), cooldownMs: 0 });
    expect(await access.admit(key)).toEqual({
      id: "key:desk",
      kind: "person",
      roles: ["support", "lead"],
      tenant: "acme",
    });
    expect(terminal.said.err).not.toContain(key);
  });

  it("accounts that name the same person are that person, in whatever case it is written", async () => {
    const [one, other, alone] = [newKey(), newKey(), newKey()];
    const text = `keys:
  - { id: jane, kind: person, person: Jane@Acme.example, sha256: ${one.sha256} }
  - { id: janes-bot, person: jane@acme.EXAMPLE, sha256: ${other.sha256} }
  - { id: john, kind: person, sha256: ${alone.sha256} }
`;
    const access = createAccess(loadAccess(text, "access.yaml"), { now: () => new Date(), cooldownMs: 0 });
    const subjects = await Promise.all(
      [one, other, alone].map(async ({ key }) => subjectOf(await access.admit(key))),
    );
    expect(subjects).toEqual(["jane@acme.example", "jane@acme.example", "key:john"]);
  });

  it.each([
    [["a b"], /no blanks/],
    [["a", "--role", "*"], /Name the roles/],
    [["a", "--person", "--agent"], /not both/],
  ])("%j makes no key", async (args, why) => {
    const terminal = capturingTerminal();
    await expect((async () => accessKeyCommand.run(args, terminal))()).rejects.toThrow(why);
    expect(terminal.said.out).toBe("");
  });

  it("a file is checked before it goes live", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdpoint-access-"));
    const file = join(folder, "access.yaml");
    const check = async (text: string) => {
      await writeFile(file, text);
      const terminal = capturingTerminal();
      return { code: await accessCheckCommand.run([file], terminal), out: terminal.said.out };
    };
    expect(await check(`keys:\n  - { id: desk, roles: [lead], sha256: ${hash} }\n`)).toEqual({
      code: 0,
      out: `${file}: ok\n  key desk (default): lead\n`,
    });
    expect(await check("keys: 5\n")).toEqual({ code: 1, out: expect.stringContaining(`${file}:1:7: `) });
    await rm(folder, { recursive: true });
  });

  it("commands name their caller by HOLDPOINT_API_KEY, and say so where it is missing", async () => {
    const { key, sha256 } = newKey();
    const document = loadAccess(`keys: [{ id: desk, roles: [reviewer], sha256: ${sha256} }]`, "access.yaml");
    const access = createAccess(document, { now: () => new Date(), cooldownMs: 0 });
    const at = await serve(await testDatabase(), { gate: accessGate(() => access) });
    const environment = { HOLDPOINT_URL: at.url };
    await expect(reviewsCommand.run([], capturingTerminal(environment))).rejects.toThrow(
      /set HOLDPOINT_API_KEY/,
    );
    const terminal = capturingTerminal({ ...environment, HOLDPOINT_API_KEY: key });
    expect(await reviewsCommand.run([], terminal)).toBe(0);
    expect(terminal.said.out).toMatch(/Nothing waits|waits for/i);
    await at.stop();
  });
});

describe("the review routes under a host", () => {
  it("ask who calls where they are given an access file, from wherever the request comes", async () => {
    const { key, sha256 } = newKey();
    const document = loadAccess(`keys: [{ id: desk, roles: [reviewer], sha256: ${sha256} }]`, "access.yaml");
    const access = createAccess(document, { now: () => new Date(), cooldownMs: 0 });
    const at = await serve(await testDatabase());
    const app = hostApp(() => Promise.resolve(at.runtime), { gate: accessGate(() => access) });
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      (
        await app.request("http://agents.example/reviews", {
          headers: { host: "agents.example", ...headers },
        })
      ).status;
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ "x-api-key": key })).toBe(200);
    expect((await request(`${at.url}/reviews`)).status).toBe(200);
    await at.stop();
  });
});
