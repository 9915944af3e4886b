#!/usr/bin/env node
// The server as a program: environment → options → runtime → HTTP, and a stop that leaves nothing half done.
import { existsSync } from "node:fs";
import { supportAgent } from "../examples/support/agent.js";
import { createApp } from "./http/app.js";
import { accessGate, loopbackGate } from "./http/gate.js";
import { openPort, type Port } from "./http/listen.js";
import { defaultTenant } from "./kernel/principal.js";
import { createRuntime, type Runtime } from "./runtime.js";
import type { Agent } from "./runtime/agent.js";
import { openAccessFile, type AccessFile } from "./server/access-file.js";
import { consoleLog } from "./server/console-log.js";
import { readEnvironment, type Environment } from "./server/environment.js";
import { surviveFaults, whyNotStarted } from "./server/faults.js";
import { greeting } from "./server/greeting.js";
import { openLedgerKey } from "./server/ledger-key.js";
import { loadGraphs, type LoadedGraphs } from "./server/load-graphs.js";
import { readPolicyFile, watchPolicyFile, watchShadowFile } from "./server/policy-file.js";
import { staffingMs, staffingWatch } from "./server/staffing.js";
import { stopServing } from "./server/stop-serving.js";
import { unknownToolsMs, unknownToolsWatch } from "./server/unknown-tools.js";

// A reader that went away (a closed terminal, a dead log collector) must not end the server, nor be logged to itself.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const log = consoleLog(process.stderr);

try {
  // First: the file may name an environment of its own.
  const graphs = await graphsToServe(process.env["HOLDPOINT_GRAPHS"]);
  await serve(graphs, readEnvironment(process.env));
} catch (error) {
  process.stderr.write(whyNotStarted(error));
  process.exit(1);
}

/** Those of `langgraph.json`; without one, the example's. */
async function graphsToServe(file: string | undefined): Promise<LoadedGraphs> {
  if (file) return loadGraphs(file);
  if (existsSync("langgraph.json")) return loadGraphs("langgraph.json");
  return { agents: [await supportAgent(process.env)], plain: {}, callersAnswer: [], unread: [] };
}

async function serve(
  { agents, plain, callersAnswer, unread }: LoadedGraphs,
  environment: Environment,
): Promise<void> {
  surviveFaults(log);
  for (const what of unread) log.warn(what);
  const { host, port, database, databaseName, policyFile, shadowFile, accessFile } = environment;
  const { ledgerKeyFile, webhooks, listeners } = environment;
  const policy = policyFile === null ? null : await readPolicyFile(policyFile);
  const shadow = shadowFile === null ? null : await readPolicyFile(shadowFile, "HOLDPOINT_POLICY_SHADOW");
  const access = accessFile === null ? null : await openAccessFile(accessFile, { log, say });
  const opened = await openPort({ host, port });
  const stopping = onSignals();

  const ledgerKey = await start(opened, () => openLedgerKey(ledgerKeyFile, log));
  const runtime = await start(opened, () =>
    createRuntime({
      agents: agents.map((agent) => (policy === null ? agent : { ...agent, policy })),
      plain,
      callersAnswer,
      database,
      log,
      listeners,
      ...(policyFile === null ? {} : { policyFile }),
      ...(access ? { staffing: () => access.current().staffing } : {}),
    }),
  );
  const watched =
    policyFile === null || policy === null
      ? null
      : watchPolicyFile(runtime.changes, policyFile, policy, { log, say });
  if (shadowFile !== null && shadow !== null) await runtime.shadow.replace(shadow, shadowFile);
  const shadowWatched =
    shadowFile === null || shadow === null
      ? null
      : watchShadowFile(runtime.shadow, shadowFile, shadow, { log, say });
  for (const file of [watched, shadowWatched, access]) if (file) process.on("SIGHUP", file.reload);
  if (access) tellStaffing(runtime, access);
  tellUnknownTools(runtime);
  opened.serve(
    createApp(runtime, {
      log,
      webhooks,
      ...(ledgerKey ? { ledgerKey } : {}),
      gate: access ? accessGate(access.current) : loopbackGate,
    }),
  );
  say(
    greeting({
      url: opened.url,
      graphs: [...runtime.graphs.values()].map(({ id }) => ({ id, what: inWords(runtime.agents.get(id)) })),
      database: databaseName,
      access: access ? `${access.current().summary} (${accessFile})` : null,
      policy: `${policyFile ?? "each agent's own (set HOLDPOINT_POLICY for another)"}${
        shadowFile === null ? "" : `, shadowed by ${shadowFile}`
      }`,
    }),
  );

  await stopping;
  say("Stopping: runs at work are waited for. A second signal ends it at once.");
  watched?.stop();
  shadowWatched?.stop();
  access?.stop();
  await stopServing(opened, runtime, log);
  process.exit(0);
}

function tellStaffing(runtime: Runtime, access: AccessFile): void {
  const look = staffingWatch({
    tenant: defaultTenant,
    staffing: () => access.current().staffing,
    policies: new Map([...runtime.agents].map(([id, { policy }]) => [id, policy])),
    log,
  });
  look();
  runtime.every(staffingMs, "look who could decide", () => Promise.resolve(look()));
}

function tellUnknownTools(runtime: Runtime): void {
  const look = unknownToolsWatch(runtime.agents, log);
  look();
  runtime.every(unknownToolsMs, "look which tools a policy names", () => Promise.resolve(look()));
}

function inWords(agent: Agent | undefined): string {
  return agent ? `an agent on ${agent.modelName}` : "a LangGraph graph without a policy";
}

/** A start that fails gives the port back, so that the process can end. */
async function start<T>(port: Port, starting: () => Promise<T>): Promise<T> {
  try {
    return await starting();
  } catch (error) {
    await port.close();
    throw error;
  }
}

/** The first signal asks for a stop; the second does not wait for it. */
function onSignals(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(1);
      asked = true;
      resolve();
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}

function say(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}
