import { randomUUID } from "node:crypto";
import { expect, describe, it } from "vitest";
import { openPort } from "../src/http/listen.js";
import { silentLog } from "../src/kernel/log.js";
import { consoleLog } from "../src/server/console-log.js";
import { readEnvironment } from "../src/server/environment.js";
import { whyNotStarted } from "../src/server/faults.js";
import { stopServing } from "../src/server/stop-serving.js";
import { request, say, serve } from "./support/http.js";
import { testDatabase } from "./support/database.js";

const database = await testDatabase();

describe("the environment is read in one place", () => {
  it("an empty value is an absent one", () => {
    const names = [
      "HOST",
      "PORT",
      "DATABASE_URL",
      "DATABASE_DIRECT_URL",
      "HOLDPOINT_HOME",
      "HOLDPOINT_POLICY",
    ];
    expect(readEnvironment(Object.fromEntries(names.map((name) => [name, ""])))).toEqual(readEnvironment({}));
    expect(readEnvironment({})).toMatchObject({ host: "127.0.0.1", port: 8123, policyFile: null });
  });

  it("the database is named without its password", () => {
    const { database, databaseName } = readEnvironment({
      DATABASE_URL: "postgres://app:secret@db.internal:6432/hold",
    });
    expect(database).toEqual({ url: "postgres://app:secret@db.internal:6432/hold" });
    expect(databaseName).toBe("Postgres at db.internal:6432/hold (DATABASE_URL)");
  });

  it.each(["127.0.0.1", "localhost", "::1", "127.0.0.2"])("HOST=%s is this machine", (HOST) => {
    expect(readEnvironment({ HOST }).host).toBe(HOST);
  });

  it.each(["-1", "1e3", "80 80", "0x50", "8123.5"])("PORT=%s is none", (PORT) => {
    expect(() => readEnvironment({ PORT })).toThrow(expect.objectContaining({ code: "options_invalid" }));
  });
});

describe("the server tells what happens", () => {
  it("warnings and errors are sentences for a person, and JSON for a program", () => {
    const told = (isTTY: boolean): string => {
      let text = "";
      const log = consoleLog({ isTTY, write: (line: string) => (text += line) });
      log.info("nothing to see");
      log.warn("a role is missing", { role: "app" });
      log.error("it broke", { attempt: 2, stack: undefined });
      return text;
    };
    expect(told(true)).toBe("warning: a role is missing role=app\nerror: it broke attempt=2\n");
    const lines = told(false).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: "warn", what: "a role is missing", role: "app" },
      { level: "error", what: "it broke", attempt: 2 },
    ]);
  });

  it("a failed connection to two addresses of one name says what failed", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED ::1:5432"), { code: "ECONNREFUSED" });
    expect(whyNotStarted(new AggregateError([refused]))).toContain("connect ECONNREFUSED ::1:5432");
  });
});

describe("a port opens before there is anything to serve", () => {
  it("who comes early is told to come back", async () => {
    const port = await openPort({ host: "127.0.0.1", port: 0 });
    const answer = await request(`${port.url}/healthz`);
    expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringContaining("starting") } });
    expect(answer.headers.get("retry-after")).toBe("2");
    await port.close();
  });

  it("one that is taken is named", async () => {
    const first = await openPort({ host: "127.0.0.1", port: 0 });
    const port = Number(new URL(first.url).port);
    await expect(openPort({ host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "port_taken",
      details: { port },
    });
    await first.close();
  });
});

describe("a stop", () => {
  it("who waits for a run at work, or watches one, gets the answer first", async () => {
    const at = await serve(database);
    const [waited, watched] = [randomUUID(), randomUUID()];
    const wait = request(`${at.url}/runs/wait`, {
      body: { assistant_id: "support", ...say(`wait ${waited}`) },
    });
    const stream = fetch(`${at.url}/runs/stream`, {
      method: "POST",
      body: JSON.stringify({ assistant_id: "support", ...say(`wait ${watched}; pay ${watched} 1`) }),
    }).then((response) => response.text());
    const atWork = () => at.runtime.db.once("worker", "select from holdpoint.runs where status = 'running'");
    await expect.poll(atWork, { interval: 20 }).toHaveLength(2);

    const stopped = stopServing(at.port, at.runtime, silentLog);
    await expect(fetch(`${at.url}/ok`)).rejects.toThrow("fetch failed");
    at.release(waited);
    at.release(watched);
    expect((await wait).body["messages"]).toHaveLength(4);
    expect(await stream).toMatch(/__interrupt__.*\nid: \d+\n\nevent: end\n/s);
    await stopped;
  });
});
