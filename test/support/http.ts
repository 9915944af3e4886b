// A served agent to test with: tools that count, a model that obeys, and LangGraph's own client.
import { Client } from "@langchain/langgraph-sdk";
import { isHumanMessage } from "@langchain/core/messages";
import { z } from "zod";
import type { AppOptions } from "../../src/http/app.js";
import type { Gate } from "../../src/http/gate.js";
import { listen, type Port } from "../../src/http/listen.js";
import { defineTool, scriptedModel, type Script } from "../../src/index.js";
import type { Log } from "../../src/kernel/log.js";
import type { HoldpointOptions } from "../../src/options.js";
import { createRuntime, type Runtime, type RuntimeOptions } from "../../src/runtime.js";
import { countingTools, obedient, type Effects } from "./agent.js";

export interface Served {
  url: string;
  client: Client;
  runtime: Runtime;
  port: Port;
  effects: Effects;
  /** What `ask` answers when the tool `wait` runs with this id; until then it waits. */
  release(id: string): void;
  stop(): Promise<void>;
}

interface Options extends Partial<Omit<HoldpointOptions, "database">> {
  heartbeatMs?: number;
  webhooks?: AppOptions["webhooks"];
  ledgerKey?: AppOptions["ledgerKey"];
  plain?: RuntimeOptions["plain"];
  callersAnswer?: readonly string[];
  policyFile?: string;
  log?: Log;
  gate?: Gate;
  staffing?: RuntimeOptions["staffing"];
  listeners?: RuntimeOptions["listeners"];
  /** Of one that went before, whose pages are still open. */
  port?: number;
}

export async function serve(
  databaseUrl: string,
  { heartbeatMs, webhooks, ledgerKey, ...more }: Options = {},
): Promise<Served> {
  const { effects, tools } = countingTools();
  const gates = new Map<string, { opened: Promise<void>; open(): void }>();
  const gate = (id: string) => {
    const known = gates.get(id) ?? newGate();
    gates.set(id, known);
    return known;
  };
  const {
    settings,
    tenant,
    log,
    plain,
    callersAnswer,
    policyFile,
    gate: door,
    staffing,
    listeners,
    port: on = 0,
    ...agent
  } = more;
  const runtime = await createRuntime({
    agents: [
      {
        model: scriptedModel("obedient", breakable),
        tools: [...tools, waitTool((id) => gate(id).opened), mailTool(effects)],
        name: "support",
        ...agent,
      },
    ],
    database: { url: databaseUrl },
    // Several may be at one database: one that is held up for a while is not gone. Where one is to be, its test says so.
    settings: { leaseMs: 5_000, pollMs: 100, maxConnections: 8, ...settings },
    ...(tenant === undefined ? {} : { tenant }),
    ...(log ? { log } : {}),
    ...(plain ? { plain } : {}),
    ...(callersAnswer ? { callersAnswer } : {}),
    ...(staffing ? { staffing } : {}),
    ...(listeners ? { listeners } : {}),
    ...(policyFile === undefined ? {} : { policyFile }),
  });
  const port: Port = await listen(runtime, {
    port: on,
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
    ...(webhooks ? { webhooks } : {}),
    ...(ledgerKey ? { ledgerKey } : {}),
    ...(log ? { log } : {}),
    ...(door ? { gate: door } : {}),
  });
  return {
    url: port.url,
    client: new Client({ apiUrl: port.url, apiKey: null, callerOptions: { maxRetries: 0 } }),
    runtime,
    port,
    effects,
    release: (id) => gate(id).open(),
    async stop() {
      await port.close();
      await runtime.stop();
    },
  };
}

/** As `obedient`; a message that says "break" breaks the model. */
const breakable: Script = (messages) => {
  const last = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
  if (last === "break") throw new Error("The model broke.");
  const mail = /^mail (\S+) (.*)$/s.exec(last);
  const answered = messages.at(-1)?.getType() === "tool";
  if (mail && !answered)
    return { text: "Mail.", calls: [{ tool: "mail", args: { id: mail[1] ?? "", body: mail[2] ?? "" } }] };
  return obedient(messages);
};

function waitTool(opened: (id: string) => Promise<void>) {
  return defineTool({
    name: "wait",
    description: "Waits until it is told to go on.",
    args: z.object({ id: z.string() }),
    annotations: { readOnlyHint: true },
    run: async ({ id }) => {
      await opened(id);
      return `wait ${id} done`;
    },
  });
}

function mailTool(effects: Effects) {
  return defineTool({
    name: "mail",
    description: "Sends a mail.",
    args: z.object({ id: z.string(), body: z.string() }),
    title: ({ body }) => `Mail ${body}`,
    run: (args, { idempotencyKey }) => {
      effects.ran.push({ tool: "mail", args, key: idempotencyKey });
      return "sent";
    },
  });
}

export function newGate(): { opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

export const say = (content: string) => ({ input: { messages: [{ role: "user", content }] } });

/** JSON in, status and JSON out; without a retry and without throwing. */
export async function request(
  url: string,
  {
    body,
    method = body === undefined ? "GET" : "POST",
    headers = {},
  }: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}
