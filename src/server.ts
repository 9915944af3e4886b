// The server as a program: environment → options → runtime → HTTP, and a stop that leaves nothing half done.
import { supportAgent } from "../examples/support/agent.js";
import { createApp } from "./http/app.js";
import { openPort, type Port } from "./http/listen.js";
import { createRuntime } from "./runtime.js";
import type { Agent } from "./runtime/agent.js";
import { consoleLog } from "./server/console-log.js";
import { readEnvironment, type Environment } from "./server/environment.js";
import { surviveFaults, whyNotStarted } from "./server/faults.js";
import { greeting } from "./server/greeting.js";
import { readPolicyFile, watchPolicyFile } from "./server/policy-file.js";
import { stopServing } from "./server/stop-serving.js";

// A reader that went away (a closed terminal, a dead log collector) must not end the server, nor be logged to itself.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const graphId = "support";
const log = consoleLog(process.stderr);

try {
  await serve(readEnvironment(process.env));
} catch (error) {
  process.stderr.write(whyNotStarted(error));
  process.exit(1);
}

async function serve(environment: Environment): Promise<void> {
  surviveFaults(log);
  const { host, port, database, databaseName, policyFile, rest } = environment;
  const policy = policyFile === null ? null : await readPolicyFile(policyFile);
  const agent = await supportAgent(rest);
  const opened = await openPort({ host, port });
  const stopping = onSignals();

  const runtime = await start(opened, () =>
    createRuntime({
      agents: [{ ...agent, name: graphId, ...(policy === null ? {} : { policy }) }],
      database,
      log,
    }),
  );
  const served = runtime.agents.get(graphId) as Agent;
  const watched =
    policyFile === null || policy === null ? null : watchPolicyFile(served, policyFile, policy, { log, say });
  if (watched) process.on("SIGHUP", watched.reload);
  opened.serve(createApp(runtime, { log }));
  say(
    greeting({
      url: opened.url,
      graphId,
      model: modelName(agent.model, rest),
      database: databaseName,
      policy: policyFile ?? "the one of the example agent (set HOLDPOINT_POLICY for your own)",
    }),
  );

  await stopping;
  say("Stopping: runs at work are waited for. A second signal ends it at once.");
  watched?.stop();
  await stopServing(opened, runtime, log);
  process.exit(0);
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

function modelName(model: object, { OPENAI_API_KEY, HOLDPOINT_MODEL }: Record<string, string>): string {
  const name = "name" in model ? String(model.name) : "unnamed";
  if (OPENAI_API_KEY === undefined) return `${name}: it follows a script (set OPENAI_API_KEY for a real one)`;
  return HOLDPOINT_MODEL === undefined ? `${name} (set HOLDPOINT_MODEL for another)` : name;
}

function say(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}
