import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routes, problemSchema, type Route } from "../src/http/contract.js";
import { openApiDocument } from "../src/http/openapi.js";
import { problemOf, statusByCode } from "../src/http/problem.js";
import { errorCodes, HoldpointError } from "../src/kernel/errors.js";
import { silentLog } from "../src/kernel/log.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase());
});
afterAll(() => at.stop());

/** The routes that read a body, on things that are there or not: the body is looked at first. */
const readers = Object.values<Route>(routes)
  .filter(({ body }) => body)
  .map(({ method, path }) => ({
    verb: method.toUpperCase(),
    path: path.replaceAll(/\{\w+\}/g, randomUUID()),
    // A list is the right shape where several things are sent.
    isList: path === "/runs/batch",
  }));

/** The routes that read none, on things that are not there: the body is looked at first. */
const deaf = Object.values<Route>(routes)
  .filter(({ body }) => !body)
  .map(({ method, path }) => ({
    verb: method.toUpperCase(),
    path: path.replaceAll(/\{\w+\}/g, randomUUID()),
  }));

/** With headers that fetch does not let anybody set. */
const raw = (
  path: string,
  { method = "GET", headers = {}, body = "" } = {},
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(`${at.url}${path}`, { method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });

describe("what is malformed is refused at each door", () => {
  it.each(readers)("$verb $path takes JSON only", async ({ path, verb }) => {
    for (const body of ["", "{", "not json", "{'a':1}", "\uFEFF{"]) {
      const answer = await request(`${at.url}${path}`, { method: verb, body });
      expect(answer).toMatchObject({ status: 400, body: { code: "request_not_json", status: 400 } });
    }
    const bytes = { method: verb, body: new Uint8Array([0x22, 0xff, 0x22]) };
    const notUtf8 = await fetch(`${at.url}${path}`, bytes);
    expect(notUtf8.status).toBe(400);
  });

  it.each(readers)(
    "$verb $path takes an object of its shape only, and names what is wrong",
    async ({ path, verb, isList }) => {
      for (const body of [isList ? {} : [], 5, null, "text", true]) {
        const answer = await request(`${at.url}${path}`, { method: verb, body: JSON.stringify(body) });
        expect(answer).toMatchObject({ status: 422, body: { code: "request_invalid" } });
        problemSchema.parse(answer.body);
      }
    },
  );

  it.each(readers)(
    "$verb $path takes no text that cannot be stored, and no nesting without end",
    async ({ path, verb }) => {
      const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
      for (const body of ['{"a":"\\u0000"}', '{"\\u0000":1}', '{"a":["\\ud800"]}', `{"a":${deep}}`]) {
        expect(await request(`${at.url}${path}`, { method: verb, body })).toMatchObject({
          status: 422,
          body: { code: "request_invalid" },
        });
      }
    },
  );

  it.each(readers)(
    "$verb $path takes no more than a megabyte, with a length or without",
    async ({ path, verb }) => {
      const megabytes = "x".repeat(10_000_000);
      const whole = await request(`${at.url}${path}`, {
        method: verb,
        body: JSON.stringify({ a: megabytes }),
      });
      expect(whole).toMatchObject({
        status: 413,
        body: { code: "request_too_large", maxBodyBytes: 1_048_576 },
      });

      let sent = 0;
      const endless = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 65_536;
          controller.enqueue(new Uint8Array(65_536).fill(0x20));
        },
      });
      const unending = { method: verb, body: endless, duplex: "half" as const };
      const chunked = await fetch(`${at.url}${path}`, unending);
      expect(chunked.status).toBe(413);
      expect(sent).toBeLessThan(10_000_000);
    },
  );

  it("the paths of a wrong shape are listed", async () => {
    const answer = await request(`${at.url}/threads`, { body: { metadata: 5, if_exists: "never" } });
    expect(answer.body["errors"]).toMatchObject([{ path: "metadata" }, { path: "if_exists" }]);
  });

  it.each(Object.values<Route>(routes))(
    "$method $path takes no parameter that it does not know",
    async (route) => {
      const path = route.path.replaceAll(/\{\w+\}/g, randomUUID());
      const answer = await request(`${at.url}${path}?force=1`, {
        method: route.method.toUpperCase(),
        ...(route.body ? { body: {} } : {}),
      });
      expect(answer).toMatchObject({ status: 422, body: { code: "request_invalid" } });
      expect(answer.body["detail"]).toContain("force");
    },
  );

  it.each(deaf)(
    "$verb $path says that it reads no body where one is sent",
    async ({ path, verb: method }) => {
      for (const body of ['{"force":true}', '["force"]', '"force"', "force=1", "null"]) {
        const headers = { "content-length": String(body.length) };
        const { status, text } = await raw(path, { method, headers, body });
        expect({ status, ...(JSON.parse(text) as object) }).toMatchObject({
          status: 422,
          code: "request_invalid",
          detail: expect.stringContaining("reads no body") as string,
        });
      }
      const named = await raw(path, { method, headers: { "content-length": "14" }, body: '{"force":true}' });
      expect(named.text).toContain(method === "GET" ? "14 bytes" : "the fields force");
    },
  );

  it.each(deaf.filter(({ verb }) => verb !== "GET"))(
    "$verb $path takes {} for no body, and a body of blanks",
    async ({ path, verb: method }) => {
      for (const body of ["", "{}", " { } ", "  \n"]) {
        const { text } = await raw(path, {
          method,
          headers: { "content-length": String(body.length) },
          body,
        });
        expect(text).not.toContain("reads no body");
      }
    },
  );

  it("an unknown path is not found, and a known one says what it takes", async () => {
    expect(await request(`${at.url}/nothing/here`)).toMatchObject({
      status: 404,
      body: { code: "not_found" },
    });
    const answer = await request(`${at.url}/reviews`, { method: "DELETE" });
    expect(answer).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });
    expect(answer.headers.get("allow")).toBe("GET");
  });

  it.each([
    "nonsense",
    randomUUID(),
    "'; drop table holdpoint.threads; --",
    "%00",
    "%ed%a0%80",
    "..%2f..%2fetc",
  ])("a thread %s is not found", async (id) => {
    const thread = `${at.url}/threads/${encodeURIComponent(id).replaceAll("%25", "%")}`;
    for (const path of ["", "/state", "/state/x", "/runs/x"]) {
      expect(await request(`${thread}${path}`)).toMatchObject({ status: 404, body: { code: "not_found" } });
    }
    const body = { assistant_id: "support", ...say("read 1") };
    expect(await request(`${thread}/runs/wait`, { body })).toMatchObject({ status: 404 });
    expect(await request(`${thread}/runs/stream`, { body })).toMatchObject({ status: 404 });
    expect(await request(`${thread}/state/checkpoint`, { body: {} })).toMatchObject({ status: 404 });
  });

  it("a body may come without a content type, as curl sends it", async () => {
    const body = JSON.stringify({ assistant_id: "support", ...say("read 1") });
    const answer = await raw("/runs/wait", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body,
    });
    expect(answer.status).toBe(200);
  });
});

describe("only this machine is let in", () => {
  it.each(["localhost", "127.0.0.1:8123", "[::1]:8123", "LOCALHOST:1", "127.1.2.3"])(
    "Host %s is answered",
    async (host) => {
      expect(await raw("/ok", { headers: { host } })).toMatchObject({ status: 200 });
    },
  );

  it.each([
    "evil.example",
    "evil.example:8123",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.168.1.5",
    "0.0.0.0",
    "[::2]",
  ])("Host %s, which a foreign page could have pointed here, is refused", async (host) => {
    const { status, text } = await raw("/reviews", { headers: { host } });
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([403, "request_forbidden"]);
  });

  it.each([
    "https://evil.example",
    "http://localhost.evil.example",
    "null",
    "file://",
    "http://192.168.1.5:8123",
  ])("a write from the page %s is refused, and decides nothing", async (origin) => {
    const body = JSON.stringify({ assistant_id: "support", ...say("pay foreign 1") });
    for (const path of ["/runs/wait", "/threads", `/reviews/${randomUUID()}/decision`]) {
      const answer = await raw(path, {
        method: "POST",
        headers: { origin, "content-type": "text/plain" },
        body,
      });
      expect([answer.status, (JSON.parse(answer.text) as { code: string }).code]).toEqual([
        403,
        "request_forbidden",
      ]);
    }
  });

  it("a write from a page of this machine is taken, and no page elsewhere may read an answer", async () => {
    const body = JSON.stringify({});
    const answer = await request(`${at.url}/threads`, { body, headers: { origin: "http://localhost:3000" } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
    const read = await request(`${at.url}/ok`, { headers: { origin: "https://evil.example" } });
    expect([read.status, read.headers.get("access-control-allow-origin")]).toEqual([200, null]);
  });

  it("a request that is no HTTP of ours gets no stack", async () => {
    const { status, text } = await raw("/ok", { headers: { host: "a b" } });
    expect([status, text]).toMatchObject([422, expect.not.stringContaining("at ")]);
  });
});

describe("faults are told without their inside", () => {
  it("each code has a status, and each problem the standard's members", () => {
    for (const code of Object.keys(errorCodes) as (keyof typeof errorCodes)[]) {
      const problem = problemOf(
        new HoldpointError(code, "Said.", { details: { status: "expired", code: "x" } }),
        silentLog,
      );
      expect(problemSchema.parse(problem)).toMatchObject({
        code,
        status: statusByCode[code],
        title: errorCodes[code],
      });
    }
  });

  it("an unknown fault says where the log has it, and nothing else", () => {
    const logged: unknown[] = [];
    const log = {
      ...silentLog,
      error: (what: string, fields?: object) => void logged.push({ what, ...fields }),
    };
    const problem = problemOf(new Error('column "secret" of select * from x'), log);
    expect(problem).toMatchObject({ status: 500, code: "internal" });
    expect(JSON.stringify(problem)).not.toContain("select");
    expect(logged).toMatchObject([{ errorId: problem["errorId"], error: expect.stringContaining("select") }]);
  });

  it("the contract is an OpenAPI file that names every route and schema it refers to", async () => {
    const { body } = await request(`${at.url}/openapi.json`);
    expect(body).toEqual(openApiDocument((body["info"] as { version: string }).version));
    expect(body["openapi"]).toBe("3.1.0");
    const { schemas } = body["components"] as { schemas: object };
    const refs = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    for (const name of refs) expect(Object.keys(schemas)).toContain(name);
    for (const { path, method } of Object.values<Route>(routes)) {
      expect((body["paths"] as Record<string, object>)[path]).toHaveProperty(method);
    }
  });

  it("the contract says how the end of a run is answered that is waited for, and that is not", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    const { run_id: runId } = await at.client.runs.create(threadId, "support", say("read 1"));
    const doors = [
      { route: routes.cancelRun, path: `/threads/${threadId}/runs/${runId}/cancel`, body: undefined },
      { route: routes.cancelRuns, path: "/runs/cancel", body: { thread_id: threadId } },
    ];
    const paths = openApiDocument("1.0.0")["paths"] as Record<string, { post: { responses: object } }>;
    for (const { route, path, body } of doors) {
      const cancel = async (wait: boolean) =>
        (await request(`${at.url}${path}?wait=${wait}`, { method: "POST", body })).status;
      expect([await cancel(false), await cancel(true)]).toEqual([202, 204]);
      expect(paths[route.path]?.post.responses).toMatchObject({ 202: {}, 204: {} });
    }
  });

  it("the server says what it is", async () => {
    expect(await request(`${at.url}/ok`)).toMatchObject({ status: 200, body: { ok: true } });
    expect(await request(`${at.url}/info`)).toMatchObject({
      body: { name: "holdpoint", context: "js", version: expect.stringMatching(/^\d/) },
    });
    expect(await request(`${at.url}/healthz`)).toMatchObject({ status: 200, body: { status: "ready" } });
  });
});

/** A way to the database that can be cut. */
async function cuttable(
  databaseUrl: string,
): Promise<{ url: string; cut(): void; mend(): void; close(): void }> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((socket) => {
    if (isCut) return void socket.destroy();
    const upstream = createConnection(Number(target.port), target.hostname);
    for (const one of [socket, upstream]) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => sockets.delete(one));
    }
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    close: () => void server.close(),
  };
}

describe("the database goes away", () => {
  it("every door says so with 503, nothing crashes, and all is well when it is back", async () => {
    const way = await cuttable(await testDatabase());
    const served = await serve(way.url);
    const { thread_id: threadId } = await served.client.threads.create();
    await served.client.runs.wait(threadId, "support", say("pay lost 1"));
    const [review] = (await request(`${served.url}/reviews?status=open`)).body["items"] as {
      id: string;
      argsHash: string;
    }[];

    way.cut();
    const run = { assistant_id: "support", ...say("read 1") };
    const decision = { type: "approve", argsHash: review?.argsHash };
    const answers = await Promise.all([
      request(`${served.url}/healthz`),
      request(`${served.url}/reviews`),
      request(`${served.url}/executions`),
      request(`${served.url}/threads/${threadId}`),
      request(`${served.url}/threads/${threadId}/state`),
      request(`${served.url}/threads`, { body: {} }),
      request(`${served.url}/threads/${threadId}/runs/wait`, { body: run }),
      request(`${served.url}/runs/stream`, { body: run }),
      request(`${served.url}/reviews/${review?.id}/decision`, { body: decision }),
    ]);
    for (const { status, headers, body } of answers) {
      expect([status, body["code"]]).toEqual([503, "database_unavailable"]);
      expect(headers.get("retry-after")).toBe("2");
      expect(JSON.stringify(body)).not.toContain(new URL(way.url).port);
    }
    expect(await request(`${served.url}/ok`)).toMatchObject({ status: 200 });

    way.mend();
    await expect
      .poll(async () => (await request(`${served.url}/healthz`)).status, { interval: 50 })
      .toBe(200);
    expect(await request(`${served.url}/reviews/${review?.id}/decision`, { body: decision })).toMatchObject({
      status: 200,
    });
    await served.runtime.waitForThread("default", threadId);
    expect(served.effects.of("pay")).toEqual([{ id: "lost", amount: 1 }]);
    await served.stop();
    way.close();
  });
});
