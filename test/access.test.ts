// Who may come in, and how far: keys, tokens, tenants, guests. Over HTTP, as a stranger would try it.
import { createHmac, randomUUID } from "node:crypto";
import { exportSPKI } from "jose";
import { Annotation, interrupt, START, StateGraph } from "@langchain/langgraph";
import { Client } from "@langchain/langgraph-sdk";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createAccess, type Access } from "../src/access/access.js";
import { newKey } from "../src/access/keys.js";
import { loadAccess } from "../src/access/load-access.js";
import { routes, type Route } from "../src/http/contract.js";
import { accessGate } from "../src/http/gate.js";
import { HoldpointError } from "../src/kernel/errors.js";
import { defaultWeights } from "../src/policies/composite.js";
import { stratumOf } from "../src/policies/stratum.js";
import { createStrataStore } from "../src/storage/stratum-rows.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { identityProvider, type Identity } from "./support/identity.js";

const keys = {
  chat: newKey(),
  otherChat: newKey(),
  support: newKey(),
  operator: newKey(),
  rival: newKey(),
  busy: newKey(),
};
let at: Served;
let identity: Identity;
let access: Access;
let database: string;

const accessText = (provider: Identity, more = ""): string => `
keys:
  - { id: chat, tenant: acme, sha256: ${keys.chat.sha256} }
  - { id: other-chat, tenant: acme, sha256: ${keys.otherChat.sha256} }
  - { id: support, tenant: acme, kind: person, roles: [reviewer], sha256: ${keys.support.sha256} }
  - { id: ops, tenant: acme, roles: [operator], sha256: ${keys.operator.sha256} }
  - { id: ops, tenant: rival, roles: [operator, reviewer], sha256: ${keys.rival.sha256} }
issuers:
  - issuer: ${provider.issuer}
    audience: holdpoint
    jwks: ${provider.jwks}
    tenant: { claim: org.id }
    roles: { claim: "https://acme.example/roles", names: { agent-reviewers: reviewer, admins: operator } }
origins: [https://chat.acme.example]
${more}`;

const accessOf = (text: string): Access =>
  createAccess(loadAccess(text, "access.yaml"), { now: () => new Date(), cooldownMs: 0 });

beforeAll(async () => {
  database = await testDatabase();
  identity = await identityProvider("holdpoint");
  access = accessOf(accessText(identity));
  at = await serve(database, {
    gate: accessGate(() => access),
    heartbeatMs: 200,
    plain: { confirm: asking(), survey: asking() },
    callersAnswer: ["survey"],
  });
});
afterAll(async () => {
  await at.stop();
  await identity.stop();
});

/** A graph that knows nothing of Holdpoint, and asks something. */
function asking() {
  const State = Annotation.Root({ heard: Annotation<string> });
  return new StateGraph(State)
    .addNode("ask", () => ({ heard: interrupt<string, string>("Which colour?") }))
    .addEdge(START, "ask")
    .compile();
}

/** What is forgiven a clock, where the access file says nothing. */
const leewaySeconds = 30;
const withKey = ({ key }: { key: string }) => ({ "x-api-key": key });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const clientOf = (headers: Record<string, string>): Client =>
  new Client({ apiUrl: at.url, apiKey: null, defaultHeaders: headers, callerOptions: { maxRetries: 0 } });
const claims = (more: object = {}) => ({ org: { id: "acme" }, ...more });
const ask = (
  path: string,
  headers: Record<string, string> = {},
  more: { method?: string; body?: unknown } = {},
) => request(`${at.url}${path}`, { headers, ...more });
const info = async (headers: Record<string, string>) => ask("/threads/count", headers, { body: {} });

const closed = Object.entries<Route>(routes).filter(([, route]) => route.for !== "anybody");
const filled = (route: Route, ids: Record<string, string>): string =>
  route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? randomUUID()));

describe("a caller without credentials that are good", () => {
  it.each(closed)(
    "is not let in at %s: without any, with an expired token, one for another audience, an unknown key",
    async (_, route) => {
      const hour = 3_600;
      const now = Math.floor(Date.now() / 1_000);
      const bad: [string, Record<string, string>][] = [
        ["credentials_missing", {}],
        ["credentials_missing", { authorization: "Basic bG9jYWw6bG9jYWw=" }],
        ["credentials_invalid", bearer(await identity.sign(claims({ exp: now - hour })))],
        ["credentials_invalid", bearer(await identity.sign(claims({ aud: "another-service" })))],
        ["credentials_invalid", withKey(newKey())],
      ];
      for (const [code, headers] of bad) {
        const answer = await ask(filled(route, {}), headers, {
          method: route.method.toUpperCase(),
          ...(route.body ? { body: {} } : {}),
        });
        expect([answer.status, answer.body["code"]]).toEqual([401, code]);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer realm="holdpoint"/);
      }
    },
  );

  it("may ask whether the server is there, and what it speaks", async () => {
    const open = Object.values<Route>(routes).filter((route) => route.for === "anybody");
    expect(open.map(({ path }) => path)).toEqual(["/ok", "/healthz", "/info", "/openapi.json"]);
    for (const { path } of open) expect((await ask(path)).status).toBe(200);
  });
});

describe("a token", () => {
  it("lets in whom it names, with the roles that are known here and no others", async () => {
    const roles = { "https://acme.example/roles": ["admins", "offline_access", "*", "constructor"] };
    const operator = bearer(await identity.sign(claims({ sub: "anna", ...roles })));
    const guest = bearer(
      await identity.sign(
        claims({ sub: "bob", "https://acme.example/roles": ["offline_access", "*", "reviewer"] }),
      ),
    );
    expect((await ask("/runs/crons/count", operator, { body: {} })).status).toBe(200);
    expect((await ask("/reviews", guest)).body["code"]).toBe("access_forbidden");
    expect((await info(guest)).status).toBe(200);
  });

  it("may be a little early or late, as clocks are, and not more", async () => {
    const now = Math.floor(Date.now() / 1_000);
    const status = async (times: object) => (await info(bearer(await identity.sign(claims(times))))).status;
    expect(await status({ exp: now - 10 })).toBe(200);
    expect(await status({ nbf: now + 10 })).toBe(200);
    expect(await status({ exp: now - 60 })).toBe(401);
    expect(await status({ nbf: now + 60 })).toBe(401);
  });

  it("is not taken where it could be forged, stolen from elsewhere, or read in two ways", async () => {
    const { publicKey } = identity.key();
    const good = await identity.sign(claims());
    const [head = "", body = "", signature = ""] = good.split(".");
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const payload = encode({
      iss: identity.issuer,
      aud: "holdpoint",
      sub: "eve",
      exp: 4_102_444_800,
      ...claims(),
    });
    const spki = await exportSPKI(publicKey);
    const hmacOf = (secret: string): string => {
      const signed = `${encode({ alg: "HS256", kid: identity.key().kid })}.${payload}`;
      return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
    };
    const stranger = await identityProvider("holdpoint");
    const bad: Record<string, string> = {
      "alg none": `${encode({ alg: "none" })}.${payload}.`,
      "alg none with a signature": `${encode({ alg: "none" })}.${payload}.${signature}`,
      "alg nOnE": `${encode({ alg: "nOnE", kid: identity.key().kid })}.${payload}.${signature}`,
      "the public key as a shared secret": hmacOf(spki),
      "a shared secret": hmacOf("secret"),
      "another body": `${head}.${payload}.${signature}`,
      "no signature": `${head}.${body}.`,
      "a wrong key id": await identity.sign(claims(), { kid: "key-of-nobody" }),
      "another issuer's key and our issuer's name": await stranger.sign({
        ...claims(),
        iss: identity.issuer,
      }),
      "another issuer": await stranger.sign(claims()),
      "no expiry": await identity.sign(claims({ exp: undefined })),
      "no audience": await identity.sign(claims({ aud: undefined })),
      "no subject": await identity.sign(claims({ sub: undefined })),
      "a subject that looks like a key": await identity.sign(claims({ sub: "key:ops" })),
      "no tenant": await identity.sign({ sub: "anna" }),
      "a tenant that is no text": await identity.sign({ sub: "anna", org: { id: ["acme"] } }),
      "no token": "eyJ.eyJ.x",
      "half a key": keys.operator.key.slice(0, -1),
    };
    await stranger.stop();
    for (const [what, token] of Object.entries(bad)) {
      const answer = await info(bearer(token));
      expect([what, answer.status, answer.body["code"]]).toEqual([what, 401, "credentials_invalid"]);
    }
    expect((await info(bearer(good))).status).toBe(200);
  });

  it("of a new key is taken as soon as the key is published, and of a withdrawn one no more", async () => {
    const before = await identity.sign(claims());
    expect((await info(bearer(before))).status).toBe(200);
    await identity.rotate("kept");
    expect((await info(bearer(await identity.sign(claims())))).status).toBe(200);
    expect((await info(bearer(before))).status).toBe(200);
    await identity.rotate("withdrawn");
    expect((await info(bearer(await identity.sign(claims())))).status).toBe(200);
    expect((await info(bearer(before))).body["code"]).toBe("credentials_invalid");
  });

  it("cannot be checked while its issuer is away, which is told as that; keys go on", async () => {
    const own = await identityProvider("holdpoint");
    own.fail(true);
    const before = access;
    access = accessOf(accessText(own));
    const token = bearer(await own.sign(claims()));
    const answer = await info(token);
    expect([answer.status, answer.body["code"]]).toEqual([503, "issuer_unreachable"]);
    expect(answer.headers.get("retry-after")).not.toBeNull();
    expect((await info(withKey(keys.chat))).status).toBe(200);
    own.fail(false);
    expect((await info(token)).status).toBe(200);
    access = before;
    await own.stop();
  });
});

describe("a key", () => {
  it("that is taken out of the file is refused from the next request on", async () => {
    const before = access;
    expect((await info(withKey(keys.chat))).status).toBe(200);
    access = accessOf(accessText(identity).replace(keys.chat.sha256, newKey().sha256));
    expect((await info(withKey(keys.chat))).status).toBe(401);
    access = before;
  });

  it("stands behind a token, since clients send keys of other services along by themselves", async () => {
    const token = bearer(await identity.sign(claims()));
    expect((await info({ ...token, "x-api-key": "lsv2_of_another_service" })).status).toBe(200);
  });

  it("is in the file by its hash only", () => {
    expect(accessText(identity)).not.toContain(keys.chat.key);
    expect(keys.chat.key).toMatch(/^hp_[\w-]{43}$/);
  });
});

/** What a server that let nobody go would send meanwhile: it looks again as often as it beats. */
const beats = 25;

/** As it is with another access file, for as long as `body` takes. */
async function withAccess(other: Access, body: () => Promise<unknown>): Promise<void> {
  const before = access;
  access = other;
  try {
    await body();
  } finally {
    access = before;
  }
}

/** An answer that comes piece by piece, after its first one. */
const opened = async (path: string, headers: Record<string, string>, body?: object) => {
  const response = await fetch(`${at.url}${path}`, {
    method: body ? "POST" : "GET",
    headers: { "content-type": "application/json", ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  onTestFinished(() => reader?.cancel());
  /** What comes next; null at its end. */
  const next = async (): Promise<string | null> => {
    const { value, done } = (await reader?.read()) ?? { done: true };
    return done ? null : new TextDecoder().decode(value);
  };
  /** All that still comes. */
  const toItsEnd = async (mayStay: () => boolean = () => false): Promise<string> => {
    let all = "";
    for (let heard = 0; heard < beats; heard += mayStay() ? 0 : 1) {
      const piece = await next();
      if (piece === null) return all;
      all += piece;
    }
    throw new Error(`It goes on: ${beats} pieces came since the right to it ended.`);
  };
  await next();
  return { next, toItsEnd };
};

describe("a stream that is open", () => {
  it.each([
    ["is taken out of the file", (text: string) => text.replace(keys.support.sha256, newKey().sha256)],
    [
      "has the role no more",
      (text: string) => text.replace("roles: [reviewer], sha256", "roles: [], sha256"),
    ],
    [
      "is another tenant's now",
      (text: string) => text.replace("id: support, tenant: acme", "id: support, tenant: elsewhere"),
    ],
  ])("ends where its key %s; others' go on", async (_, changed) => {
    const [own, others] = await Promise.all(
      [keys.support, keys.rival].map((who) => opened("/reviews/events", withKey(who))),
    );
    await withAccess(accessOf(changed(accessText(identity))), async () => {
      await own?.toItsEnd();
      for (let heard = 0; heard < 3; heard += 1) expect(await others?.next()).toContain("heartbeat");
    });
  });

  it("ends when its token does, also while its issuer cannot be asked", async () => {
    const roles = { "https://acme.example/roles": "agent-reviewers" };
    const expires = Math.floor(Date.now() / 1_000) - leewaySeconds + 8;
    const isGood = () => Date.now() < (expires + leewaySeconds) * 1_000;
    const token = await identity.sign(claims({ sub: "anna", exp: expires, ...roles }));
    const stream = await opened("/reviews/events", bearer(token));
    identity.fail(true);
    // Made anew it knows none of its issuer's keys.
    await withAccess(accessOf(accessText(identity)), () => stream.toItsEnd(isGood)).finally(() =>
      identity.fail(false),
    );
    expect(isGood()).toBe(false);
    expect((await ask("/reviews", bearer(token))).body["code"]).toBe("credentials_invalid");
  });

  it("ends as if its client had left: the run goes on, or is cancelled where that was asked", async () => {
    const chat = clientOf(withKey(keys.chat));
    const began = async (on_disconnect: string) => {
      const { thread_id: threadId } = await chat.threads.create();
      const id = randomUUID();
      onTestFinished(() => at.release(id));
      const body = { assistant_id: "support", on_disconnect, stream_mode: "values", ...say(`wait ${id}`) };
      const stream = await opened(`/threads/${threadId}/runs/stream`, withKey(keys.chat), body);
      const [run] = await chat.runs.list(threadId);
      const status = async () => (await chat.runs.get(threadId, run?.run_id ?? "")).status;
      await expect.poll(status).toBe("running");
      return { id, stream, status };
    };
    const [bound, free] = [await began("cancel"), await began("continue")];
    await withAccess(accessOf(accessText(identity).replace(keys.chat.sha256, newKey().sha256)), async () => {
      await Promise.all([bound.stream.toItsEnd(), free.stream.toItsEnd()]);
    });
    await expect.poll(bound.status).toBe("interrupted");
    expect(await free.status()).toBe("running");
    at.release(free.id);
    await expect.poll(free.status).toBe("success");
  });
});

describe("an answer that is waited for", () => {
  const said = (answer: string) => (JSON.parse(answer) as { __error__?: { error: string } }).__error__?.error;

  /** A run that goes on until it is released, and two that wait for it. */
  const waitedFor = async (on_disconnect: string) => {
    const chat = clientOf(withKey(keys.chat));
    const { thread_id: threadId } = await chat.threads.create();
    const id = randomUUID();
    onTestFinished(() => at.release(id));
    const body = { assistant_id: "support", on_disconnect, ...say(`wait ${id}`) };
    const wait = await opened(`/threads/${threadId}/runs/wait`, withKey(keys.chat), body);
    const [run] = await chat.runs.list(threadId);
    const join = await opened(`/threads/${threadId}/runs/${run?.run_id}/join`, withKey(keys.chat));
    const status = async () => (await chat.runs.get(threadId, run?.run_id ?? "")).status;
    await expect.poll(status).toBe("running");
    return { waits: [wait, join], status, release: () => at.release(id) };
  };

  it("ends with a refusal where its key is withdrawn meanwhile; the run goes on, or is cancelled where that was asked", async () => {
    const [bound, free] = [await waitedFor("cancel"), await waitedFor("continue")];
    await withAccess(accessOf(accessText(identity).replace(keys.chat.sha256, newKey().sha256)), async () => {
      const told = await Promise.all([...bound.waits, ...free.waits].map(({ toItsEnd }) => toItsEnd()));
      expect(told.map(said)).toEqual(Array.from({ length: 4 }, () => "credentials_invalid"));
    });
    await expect.poll(bound.status).toBe("interrupted");
    expect(await free.status()).toBe("running");
    free.release();
    await expect.poll(free.status).toBe("success");
  });

  it("is not given where that was a moment before it comes", async () => {
    const chat = clientOf(withKey(keys.chat));
    const words = () => chat.runs.wait(null, "support", say(`note ${randomUUID()}`));
    expect(await words()).toHaveProperty("messages");
    // Who is let in now, and is not any more when the answer is there.
    const still = () => Promise.reject(new HoldpointError("credentials_invalid", "Withdrawn."));
    await withAccess({ ...access, still }, async () => {
      await expect(words()).rejects.toThrow(/^credentials_invalid: .*Join the run/);
    });
  });
});

/** A thread of the chat's, in which a payment waits. */
async function heldThread() {
  const chat = clientOf(withKey(keys.chat));
  const { thread_id: threadId } = await chat.threads.create({ metadata: { mine: true } });
  const id = randomUUID();
  await chat.runs.wait(threadId, "support", say(`pay ${id} 5`));
  const [run] = await chat.runs.list(threadId);
  const state = await chat.threads.getState(threadId);
  const { items } = await at.runtime.reviews.list("acme", { threadId, limit: 1 });
  const [review] = items;
  if (!run || !review) throw new Error("Nothing is held.");
  const paid = (): number => at.effects.of("pay").filter((args) => args["id"] === id).length;
  return {
    chat,
    threadId,
    runId: run.run_id,
    review,
    paid,
    checkpointId: state.checkpoint.checkpoint_id ?? "",
  };
}

/** A body that a route takes. */
const bodies: Record<string, (ids: Record<string, string>) => unknown> = {
  decide: ({ argsHash }) => ({ type: "approve", argsHash }),
  updateAssistant: () => ({ name: "mine now" }),
  listAssistantVersions: () => ({}),
  useAssistantVersion: () => ({ version: 1 }),
  patchThread: () => ({ metadata: { mine: "now" } }),
  updateState: () => ({ values: { messages: [{ role: "user", content: "x" }] } }),
  postStateAt: ({ checkpoint_id }) => ({ checkpoint: { checkpoint_id } }),
  postHistory: () => ({}),
  createThreadCron: () => ({ assistant_id: "support", schedule: "0 0 * * *", ...say("read x") }),
  updateCron: () => ({ enabled: false }),
  createRun: () => ({ assistant_id: "support", ...say("read x") }),
  waitRun: () => ({ assistant_id: "support", ...say("read x") }),
  streamRun: () => ({ assistant_id: "support", ...say("read x") }),
  commandThread: () => ({
    id: 1,
    method: "run.start",
    params: { assistant_id: "support", ...say("read x") },
  }),
  handOn: () => ({ to: { person: "somebody" } }),
  comment: () => ({ text: "Well." }),
  assessEdit: () => ({ args: {} }),
  askAgent: () => ({ text: "Why?" }),
  changeDraft: () => ({ blockId: "b1", revision: 0, change: { type: "accept" } }),
  proposeWords: () => ({}),
  importDraft: () => ({ blocks: [] }),
  editDraft: () => ({ blockId: null }),
  takeOver: () => ({}),
  writeMessage: () => ({ text: "I take it from here." }),
  handBack: () => ({}),
  openMember: ({ id }) => ({ reviewId: id }),
  objectToMember: ({ id }) => ({ reviewId: id }),
  decideBatch: () => ({ type: "approve" }),
  revokeStandingApproval: () => ({ reason: "Enough." }),
  liftStop: () => ({ why: "Enough." }),
  complain: () => ({ text: "It was wrong." }),
  subscribeThread: () => ({ channels: ["values"] }),
};

/** Of these one is refused to all, one names a thing in a thing, and one makes what it names. */
const others = ["subscribeBySocket", "getAssistantSubgraph", "saveView"];
/** Routes that name one thing. */
const ofOneThing = Object.entries<Route>(routes).filter(
  ([name, { path }]) => !others.includes(name) && /\{(?!namespace)/.test(path),
);

/** What a stranger to the thing is told. The protocol begins threads by itself, and this one it cannot. */
const refusal = ([name]: readonly [string, Route]) => [
  name,
  name === "commandThread" ? "thread_exists" : "not_found",
];

/** Something that calls of this tenant have earned. */
async function kindOfCall(): Promise<string> {
  const author = { agent: "support", model: "m", instructions: null, others: [] };
  const tool = { name: "read", description: "Reads.", argsSchema: {} };
  const stratum = stratumOf(author, tool, defaultWeights);
  const target = { maxError: 0.05, confidence: 0.9 };
  const certificate = { kind: "none", units: 0, needed: 53 } as const;
  const kept = { certificate, target, knowsUntil: null, withdrawnAt: null };
  await createStrataStore(at.runtime.db).keep("acme", stratum, kept);
  return stratum.id;
}

async function tryAll(
  routesToTry: readonly [string, Route][],
  headers: Record<string, string>,
  ids: Record<string, string>,
): Promise<[string, unknown][]> {
  const got: [string, unknown][] = [];
  for (const [name, route] of routesToTry) {
    const body = route.body ? bodies[name]?.(ids) : undefined;
    if (route.body && body === undefined) throw new Error(`No body is known for ${name}.`);
    const answer = await ask(filled(route, ids), headers, { method: route.method.toUpperCase(), body });
    // The protocol tells what it refuses with 200, and our problem in it.
    const problem = name === "commandThread" ? (answer.body["problem"] as { code?: unknown }) : answer.body;
    got.push([name, problem.code]);
  }
  return got;
}

describe("another tenant's", () => {
  it("threads, runs, reviews, assistants and crons are not found by any route, and stay as they are", async () => {
    const { threadId, runId, review, paid, checkpointId, chat } = await heldThread();
    const operator = clientOf(withKey(keys.operator));
    const assistant = await operator.assistants.create({ graphId: "support", name: "ours" });
    const cron = await operator.crons.create("support", { schedule: "0 0 1 1 *", ...say("read x") });
    const batch = await ask("/batches", withKey(keys.support), { body: { reviewIds: [review.id] } });
    const approving = { tool: "mail", maxCount: 1, until: new Date(Date.now() + 60_000).toISOString() };
    const approval = await ask("/standing-approvals", withKey(keys.support), {
      body: { ...approving, reason: "One." },
    });
    const stopping = { kind: "tool", name: "wipe", why: "It is looked into." };
    const stop = await ask("/stops", withKey(keys.operator), { body: stopping });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const deputy = await ask("/deputies", withKey(keys.support), { body: { to: "key:nobody", until } });
    const { thread_id: readIn } = await operator.threads.create();
    await operator.runs.wait(readIn, "support", say("read x"));
    const { body: ran } = await ask(`/executions?thread_id=${readIn}`, withKey(keys.operator));
    const [execution] = ran["items"] as { id: string }[];
    const ids = {
      thread_id: threadId,
      executionId: execution?.id ?? "",
      deputyId: String(deputy.body["id"]),
      batchId: String(batch.body["id"]),
      run_id: runId,
      id: review.id,
      argsHash: review.argsHash,
      assistant_id: assistant.assistant_id,
      cron_id: (cron as { cron_id: string }).cron_id,
      checkpoint_id: checkpointId,
      proposal_id: review.id,
      version: at.runtime.agents.get("support")?.policy().version ?? "",
      kind: await kindOfCall(),
      approval_id: String(approval.body["id"]),
      stop_id: String(stop.body["id"]),
    };
    const before = await Promise.all([
      chat.threads.get(threadId),
      operator.assistants.get(assistant.assistant_id),
    ]);

    expect(ofOneThing.length).toBeGreaterThan(30);
    const rival = withKey(keys.rival);
    expect(await tryAll(ofOneThing, rival, ids)).toEqual(ofOneThing.map(refusal));
    const asRun = { assistant_id: assistant.assistant_id, ...say("read x") };
    expect((await ask("/runs/wait", rival, { body: asRun })).body["code"]).toBe("not_found");
    expect(
      (await ask("/runs/cancel", rival, { body: { thread_id: threadId, run_ids: [runId] } })).status,
    ).toBe(404);
    const taking = { thread_id: threadId, if_exists: "do_nothing" };
    expect((await ask("/threads", rival, { body: taking })).body["code"]).toBe("thread_exists");
    expect((await ask("/threads/prune", rival, { body: { thread_ids: [threadId] } })).body).toEqual({
      pruned_count: 0,
    });

    expect(
      await Promise.all([chat.threads.get(threadId), operator.assistants.get(assistant.assistant_id)]),
    ).toEqual(before);
    expect(paid()).toBe(0);
    // The same ids, of the tenant whose they are.
    const reading = ofOneThing.filter(([name]) => name.startsWith("get"));
    const own = [
      ...(await tryAll(
        // Policies are those of whoever runs the server.
        reading.filter(([name]) => name !== "getBatch" && name !== "getPolicy"),
        withKey(keys.operator),
        ids,
      )),
      // A batch is its opener's.
      ...(await tryAll(
        reading.filter(([name]) => name === "getBatch"),
        withKey(keys.support),
        ids,
      )),
    ];
    expect(own.length).toBeGreaterThan(5);
    expect(own.every(([, code]) => code === undefined)).toBe(true);
  });

  it("things are in no list, search or count", async () => {
    const { threadId } = await heldThread();
    await clientOf(withKey(keys.operator)).store.putItem(["notes"], "secret", { text: "acme's" });
    const rival = clientOf(withKey(keys.rival));
    expect(await rival.threads.search({ limit: 100 })).toEqual([]);
    expect(await rival.threads.count()).toBe(0);
    expect(await rival.crons.count()).toBe(0);
    expect(await rival.store.getItem(["notes"], "secret")).toBeNull();
    expect((await rival.store.searchItems([])).items).toEqual([]);
    expect((await rival.store.listNamespaces()).namespaces).toEqual([]);
    const builtIn = await rival.assistants.search();
    expect(builtIn.map(({ name }) => name).toSorted()).toEqual(["confirm", "support", "survey"]);
    for (const path of ["/reviews", `/reviews?thread_id=${threadId}`, "/executions"])
      expect((await ask(path, withKey(keys.rival))).body["items"]).toEqual([]);
  });

  it("rows are refused by the database itself: no table shows one, and none can be changed", async () => {
    await heldThread();
    const admin = new pg.Client({ connectionString: database });
    await admin.connect();
    const { rows } = await admin.query<{ table: string }>(
      `select table_name as table from information_schema.columns
       where table_schema = 'holdpoint' and column_name = 'tenant_id' order by 1`,
    );
    // The rule of each is the one that is tried below where there is something to see.
    const { rows: rules } = await admin.query<{ table: string; is_forced: boolean; policies: string[] }>(
      `select c.relname as table, c.relrowsecurity and c.relforcerowsecurity as is_forced,
         array(select p.qual || coalesce(' / ' || p.with_check, '') from pg_policies p
           where p.schemaname = 'holdpoint' and p.tablename = c.relname
            -- What the role of the server may not insert at all, the database itself writes.
            and not (p.cmd = 'INSERT' and not has_table_privilege('holdpoint_app', c.oid, 'INSERT'))) as policies
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'holdpoint' and c.relname = any ($1) order by 1`,
      [rows.map(({ table }) => table)],
    );
    const own = "(tenant_id = current_setting('holdpoint.tenant'::text, true))";
    // Beside it, what belongs to no tenant; and what the worker looks for, which says of itself that it is one.
    const besides =
      /^\(tenant_id IS NULL\)$|current_setting\('holdpoint\.worker'::text, true\) = 'on'::text\)/;
    expect(
      rules.map(({ policies, ...rule }) => ({
        ...rule,
        policies: policies.filter((policy) => !besides.test(policy)),
      })),
    ).toEqual(rows.map(({ table }) => ({ table, is_forced: true, policies: [own] })));
    const filledTables = new Set<string>();
    for (const { table } of rows) {
      const { rowCount } = await admin.query(
        `select 1 from holdpoint.${table} where tenant_id = 'acme' limit 1`,
      );
      if (rowCount === 1) filledTables.add(table);
      const seen = await at.runtime.db.once(
        { tenant: "rival" },
        `/* try */ select from holdpoint.${table} where tenant_id = 'acme'`,
      );
      expect([table, seen.length]).toEqual([table, 0]);
    }
    await admin.end();
    expect([...filledTables]).toEqual(expect.arrayContaining(["threads", "runs", "actions", "reviews"]));
    // Some columns the role of the server may not write at all.
    for (const table of ["threads", "runs", "reviews"]) {
      for (const change of ["tenant_id = 'rival'", "thread_id = thread_id", "status = status"]) {
        const changing = at.runtime.db.once(
          { tenant: "rival" },
          `/* try */ update holdpoint.${table} set ${change} where tenant_id = 'acme' returning 1`,
        );
        const changed = await changing.catch((error: Error) =>
          error.message.startsWith("permission denied") ? [] : [error],
        );
        expect([table, change, changed]).toEqual([table, change, []]);
      }
    }
  });
});

describe("a thread's id", () => {
  /** Each way to begin, or to reach, a thread of an id that one names. */
  const ways: Record<string, (id: string, run: object) => { path: string; body: unknown }> = {
    create: (id) => ({ path: "/threads", body: { thread_id: id } }),
    "create, or take what is there": (id) => ({
      path: "/threads",
      body: { thread_id: id, if_exists: "do_nothing", metadata: { graph_id: "support" } },
    }),
    "create with a state": (id) => ({
      path: "/threads",
      body: {
        thread_id: id,
        metadata: { graph_id: "survey" },
        supersteps: [{ updates: [{ values: { heard: "mine" }, as_node: "ask" }] }],
      },
    }),
    "a run in the background": (id, run) => ({
      path: `/threads/${id}/runs`,
      body: { ...run, if_not_exists: "create" },
    }),
    "a run that is waited for": (id, run) => ({
      path: `/threads/${id}/runs/wait`,
      body: { ...run, if_not_exists: "create" },
    }),
    "a stream": (id, run) => ({
      path: `/threads/${id}/runs/stream`,
      body: { ...run, if_not_exists: "create" },
    }),
    "the protocol": (id, params) => ({
      path: `/threads/${id}/commands`,
      body: { id: 1, method: "run.start", params },
    }),
  };
  const told = async (way: string, id: string, who: { key: string }): Promise<unknown> => {
    const { path, body } = ways[way]?.(id, { assistant_id: "support", ...say("read x") }) ?? {};
    const answer = await ask(path ?? "", withKey(who), { body });
    const problem = (answer.body["problem"] ?? answer.body) as Record<string, unknown>;
    return JSON.parse(JSON.stringify([answer.status, problem]).replaceAll(id, "ID"));
  };

  it.each(Object.keys(ways))(
    "that is taken says so in the same words to its tenant's guests and to another tenant: %s",
    async (way) => {
      const { threadId, chat, paid } = await heldThread();
      const before = await Promise.all([chat.threads.get(threadId), chat.threads.getHistory(threadId)]);
      const toGuest = await told(way, threadId, keys.otherChat);
      expect(toGuest).toMatchObject([expect.any(Number), { code: "thread_exists", threadId: "ID" }]);
      expect(await told(way, threadId, keys.rival)).toEqual(toGuest);
      expect(JSON.stringify(toGuest)).not.toMatch(/acme|chat|support/);
      expect(await Promise.all([chat.threads.get(threadId), chat.threads.getHistory(threadId)])).toEqual(
        before,
      );
      expect(paid()).toBe(0);
    },
  );

  it.each(Object.keys(ways))(
    "that could be guessed is refused alike whether it is taken or free: %s",
    async (way) => {
      // As the library makes them, for the threads of its own process.
      const taken = `order-${randomUUID().slice(0, 4)}`;
      await at.runtime.runs.createThread({ id: taken, tenant: "acme", graphId: "support", metadata: {} });
      for (const who of [keys.chat, keys.rival]) {
        const answer = await told(way, taken, who);
        expect(answer).toMatchObject([expect.any(Number), { code: "request_invalid" }]);
        expect(await told(way, `order-${randomUUID().slice(0, 4)}`, who)).toEqual(answer);
      }
    },
  );

  it("that the library gave is reached by those with a role, and not by guests", async () => {
    const id = `order-${randomUUID().slice(0, 4)}`;
    await at.runtime.runs.createThread({ id, tenant: "acme", graphId: "support", metadata: {} });
    const body = { thread_id: id, if_exists: "do_nothing" };
    expect((await ask("/threads", withKey(keys.support), { body })).body["thread_id"]).toBe(id);
    expect((await ask("/threads", withKey(keys.chat), { body })).status).toBe(422);
  });

  it("of a copy is the server's own, and a stranger's thread is not copied", async () => {
    const { threadId, chat } = await heldThread();
    for (const who of [keys.otherChat, keys.rival]) {
      const refused = await ask(`/threads/${threadId}/copy`, withKey(who), { method: "POST" });
      expect(refused.body["code"]).toBe("not_found");
    }
    expect((await chat.threads.copy(threadId)).thread_id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4/);
  });
});

describe("a guest, who has no role", () => {
  it("talks to agents in threads of its own, and finds no other guest's by any route", async () => {
    const { chat, threadId, runId, checkpointId, paid } = await heldThread();
    const other = clientOf(withKey(keys.otherChat));
    const ids = { thread_id: threadId, run_id: runId, checkpoint_id: checkpointId };
    const ofThreads = ofOneThing.filter(
      ([, route]) => /\{(thread|run)_id\}/.test(route.path) && route.for === undefined,
    );
    expect(ofThreads.length).toBeGreaterThan(20);
    expect(await tryAll(ofThreads, withKey(keys.otherChat), ids)).toEqual(ofThreads.map(refusal));
    expect((await other.threads.search({ ids: [threadId] })).length).toBe(0);
    expect((await chat.threads.search({ ids: [threadId] })).length).toBe(1);
    expect(await other.threads.count({ metadata: { mine: true } })).toBe(0);
    const asRun = { assistant_id: "support", if_not_exists: "create", ...say("read x") };
    const taken = await ask(`/threads/${threadId}/runs/wait`, withKey(keys.otherChat), { body: asRun });
    expect(taken.body["code"]).toBe("thread_exists");
    expect(paid()).toBe(0);

    const copy = await chat.threads.copy(threadId);
    expect((await other.threads.search({ ids: [copy.thread_id] })).length).toBe(0);
    expect((await chat.threads.get(copy.thread_id)).thread_id).toBe(copy.thread_id);
    const fresh = (await other.runs.wait(null, "support", say("read x"))) as { messages: unknown[] };
    expect(fresh.messages.length).toBeGreaterThan(1);
  });

  it("is refused at what is for people with a role, and these at what is for operators", async () => {
    const status = async (who: { key: string }, need: Route["for"]): Promise<unknown[]> => {
      const asked = Object.values<Route>(routes).filter((route) => route.for === need);
      expect(asked.length).toBeGreaterThan(3);
      const codes = await Promise.all(
        asked.map(async (route) => {
          const gone = new AbortController();
          const answer = await fetch(`${at.url}${filled(route, {})}`, {
            method: route.method.toUpperCase(),
            headers: { "content-type": "application/json", ...withKey(who) },
            signal: gone.signal,
            ...(route.body ? { body: "{}" } : {}),
          });
          // A stream that is let in does not end by itself.
          const isRefused = answer.headers.get("content-type") === "application/problem+json";
          const { code } = isRefused ? ((await answer.json()) as { code: string }) : { code: undefined };
          gone.abort();
          return code;
        }),
      );
      return [...new Set(codes)];
    };
    expect(await status(keys.chat, "staff")).toEqual(["access_forbidden"]);
    expect(await status(keys.chat, "operator")).toEqual(["access_forbidden"]);
    expect(await status(keys.support, "operator")).toEqual(["access_forbidden"]);
    expect(await status(keys.support, "staff")).not.toContain("access_forbidden");
    expect(await status(keys.operator, "operator")).not.toContain("access_forbidden");
  });

  it("is told what waits, and not why", async () => {
    const { chat, threadId, review } = await heldThread();
    const shown = JSON.stringify(await chat.threads.getState(threadId));
    expect(shown).toContain(review.id);
    expect(review.reasons.length).toBeGreaterThan(0);
    for (const { text } of review.reasons) expect(shown).not.toContain(text);
  });
});

describe("a resume counts as a decision", () => {
  const forms: [string, (threadId: string, interruptId: string) => { path: string; body: unknown }][] = [
    [
      "with a run that is waited for",
      (threadId) => ({
        path: `/threads/${threadId}/runs/wait`,
        body: { assistant_id: "support", command: { resume: { type: "approve" } } },
      }),
    ],
    [
      "with a stream",
      (threadId) => ({
        path: `/threads/${threadId}/runs/stream`,
        body: { assistant_id: "support", command: { resume: { type: "approve" } } },
      }),
    ],
    [
      "with a run in the background",
      (threadId, interruptId) => ({
        path: `/threads/${threadId}/runs`,
        body: { assistant_id: "support", command: { resume: { [interruptId]: { type: "approve" } } } },
      }),
    ],
    [
      "by the protocol",
      (threadId, interruptId) => ({
        path: `/threads/${threadId}/commands`,
        body: {
          id: 1,
          method: "input.respond",
          params: { namespace: [], interrupt_id: interruptId, response: { type: "approve" } },
        },
      }),
    ],
  ];

  it.each(forms)("only of who holds a reviewer's role: %s", async (_, form) => {
    const { threadId, review, paid, chat } = await heldThread();
    const { interrupts } = await chat.threads.get(threadId);
    const [{ id: interruptId = "" } = {}] = Object.values(interrupts).flat() as { id?: string }[];
    const { path, body } = form(threadId, interruptId);
    for (const who of [keys.chat, keys.operator]) {
      const answer = await ask(path, withKey(who), { body });
      const problem = (answer.body["problem"] ?? answer.body) as Record<string, unknown>;
      expect([problem["status"], problem["code"]]).toEqual([403, "decision_forbidden"]);
    }
    expect(await at.runtime.reviews.find("acme", review.id)).toEqual(review);
    expect(paid()).toBe(0);

    // In the caller's own words the run goes on where a reviewer says so.
    const text = await (
      await fetch(`${at.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...withKey(keys.support) },
        body: JSON.stringify(body),
      })
    ).text();
    expect(text).not.toContain("urn:holdpoint:problem");
    await at.runtime.waitForThread("acme", threadId);
    expect(paid()).toBe(1);
    expect((await at.runtime.reviews.find("acme", review.id))?.decision?.decidedBy).toMatchObject({
      id: "key:support",
      tenant: "acme",
    });
  });
});

describe("a question of a graph that knows nothing of Holdpoint", () => {
  const answer = (threadId: string, graph: string, who: { key: string }) =>
    ask(`/threads/${threadId}/runs/wait`, withKey(who), {
      body: { assistant_id: graph, command: { resume: "blue" } },
    });
  const begun = async (graph: string): Promise<string> => {
    const chat = clientOf(withKey(keys.chat));
    const { thread_id: threadId } = await chat.threads.create();
    await chat.runs.wait(threadId, graph, { input: {} });
    return threadId;
  };

  it("is for reviewers, and not for whoever chats", async () => {
    const threadId = await begun("confirm");
    const refused = await answer(threadId, "confirm", keys.chat);
    expect([refused.status, refused.body["code"]]).toEqual([403, "decision_forbidden"]);
    expect((await answer(threadId, "confirm", keys.support)).body).toMatchObject({ heard: "blue" });
  });

  it("is answered by whoever reaches its thread where the server's owner says so, and on the record", async () => {
    const threadId = await begun("survey");
    expect((await answer(threadId, "survey", keys.otherChat)).body["code"]).toBe("not_found");
    expect((await answer(threadId, "survey", keys.chat)).body).toMatchObject({ heard: "blue" });
    const { items } = await at.runtime.reviews.list("acme", { threadId, limit: 1 });
    expect(items[0]?.decision).toMatchObject({ type: "respond", decidedBy: { id: "key:chat" } });

    const second = await begun("survey");
    const { items: open } = await at.runtime.reviews.list("acme", { threadId: second, limit: 1 });
    // At the review's own door reaching the thread counts for nothing.
    const decided = await at.runtime.decide(
      { id: "key:chat", kind: "service", roles: [], tenant: "acme" },
      open[0]?.id ?? "",
      { type: "respond", value: "blue", argsHash: open[0]?.argsHash ?? "" },
    );
    expect(decided).toMatchObject({ ok: false, error: { code: "decision_forbidden" } });
  });
});

describe("too many requests", () => {
  it("of one caller are refused for a while, and others' are not", async () => {
    const before = access;
    access = accessOf(accessText(identity, "limits: { requestsPerMinute: 3 }"));
    const statuses = [];
    for (let count = 0; count < 5; count += 1) statuses.push((await info(withKey(keys.chat))).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const refused = await info(withKey(keys.chat));
    expect(refused.body["code"]).toBe("rate_limited");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await info(withKey(keys.otherChat))).status).toBe(200);
    access = before;
  });
});

describe("a page in a browser", () => {
  const preflight = async (origin: string): Promise<Headers> => {
    const answer = await fetch(`${at.url}/threads`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-api-key,content-type",
      },
    });
    return answer.headers;
  };

  it("from an origin on the list is shown the answers, with the headers that clients read", async () => {
    const allowed = await preflight("https://chat.acme.example");
    expect(allowed.get("access-control-allow-origin")).toBe("https://chat.acme.example");
    expect(allowed.get("access-control-allow-headers")).toContain("x-api-key");
    const answer = await ask("/ok", { origin: "https://chat.acme.example" });
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://chat.acme.example");
    expect(answer.headers.get("access-control-expose-headers")).toContain("content-location");
    const refused = await ask("/reviews", { origin: "https://chat.acme.example" });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([
      401,
      "https://chat.acme.example",
    ]);
  });

  it.each([
    "https://evil.example",
    "https://chat.acme.example.evil.example",
    "null",
    "http://localhost:3000",
  ])("from %s is shown nothing", async (origin) => {
    expect((await preflight(origin)).get("access-control-allow-origin")).toBeNull();
    expect((await ask("/ok", { origin })).headers.get("access-control-allow-origin")).toBeNull();
  });
});
