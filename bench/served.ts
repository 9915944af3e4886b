// Servers as their users start them: programs of their own, with a langgraph.json and a port.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface Served {
  url: string;
  pid: number;
  /** From its start until it was ready to serve. */
  readyMs: number;
  /** With -9. */
  kill(): Promise<void>;
}

/** Graphs of this folder, by id: `{ constant: "./graphs.js:constant" }`. */
type Graphs = Record<string, string>;

const langgraphCli = fileURLToPath(
  new URL("dist/cli/cli.mjs", import.meta.resolve("@langchain/langgraph-cli/package.json")),
);
const jobs = ["--n-jobs-per-worker", "16"];

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export function startOurs(databaseUrl: string, graphs: Graphs): Promise<Served> {
  return start(graphs, "/healthz", (port) => ({
    args: [here("../src/server.js")],
    env: { HOLDPOINT_GRAPHS: "langgraph.json", PORT: String(port), DATABASE_URL: databaseUrl },
  }));
}

/** LangGraph's own development server, which keeps everything in memory; as many runs at a time as ours. */
export function startLangGraph(graphs: Graphs): Promise<Served> {
  return start(graphs, "/ok", (port) => ({
    args: [langgraphCli, "dev", "--port", String(port), "--no-browser", "--no-reload", ...jobs],
    env: { LANGSMITH_TRACING: "false", LANGGRAPH_CLI_NO_ANALYTICS: "1" },
  }));
}

interface Program {
  args: string[];
  env: Record<string, string>;
}

async function start(
  graphs: Graphs,
  readyPath: string,
  programOn: (port: number) => Program,
): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), "holdpoint-bench-server-"));
  await writeFile(join(folder, "langgraph.json"), configOf(graphs, folder));
  const port = await freePort();
  const { args, env } = programOn(port);
  const startedAt = performance.now();
  // In a group of its own: LangGraph's command has the server in a child.
  const child = spawn(process.execPath, args, {
    cwd: folder,
    detached: true,
    stdio: "ignore",
    env: { ...process.env, ...env },
  });
  const end = (): void => killGroup(child);
  process.once("exit", end);
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}${readyPath}`))) {
    if (child.exitCode !== null) throw new Error(`${args.join(" ")} ended with ${child.exitCode}.`);
    await delay(5);
  }
  return {
    url,
    pid: child.pid ?? 0,
    readyMs: performance.now() - startedAt,
    async kill() {
      process.off("exit", end);
      const ended = once(child, "exit");
      end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configOf(graphs: Graphs, folder: string): string {
  // LangGraph's server joins paths to its own folder, absolute ones too.
  const placed = Object.entries(graphs).map(([id, place]) => [id, relative(folder, here(place))]);
  return JSON.stringify({ node_version: "20", dependencies: ["."], graphs: Object.fromEntries(placed) });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
}
