// The graphs of `langgraph.json`: agents, and graphs that know nothing of Holdpoint.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { loadEnvFile } from "node:process";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import { z } from "zod";
import { agentOptions, isAgentDefinition } from "../define-agent.js";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { AgentOptions, HoldpointOptions } from "../options.js";
import type { PlainGraph } from "../runtime/plain-graph.js";
import { unreadKeys } from "./unread-keys.js";

export interface LoadedGraphs {
  agents: AgentOptions[];
  plain: Record<string, PlainGraph>;
  callersAnswer: string[];
  /** What the file says beside that, to LangGraph's own servers, in a sentence each. */
  unread: string[];
}

const place = z.string().regex(/^.+:[\w$]+$/, "is not of the form ./path/to/file.ts:export");

// Keys that say something to LangGraph's own tools, and nothing to this server, pass; which they are is told.
const configSchema = z.looseObject({
  graphs: z
    .record(z.string().min(1), z.union([place, z.looseObject({ path: place })]))
    .refine((graphs) => Object.keys(graphs).length > 0, "is empty"),
  /** Ours; LangGraph's own tools pass over it. */
  holdpoint: z
    .strictObject({
      callers_answer: z.array(z.string()).default([]).describe("Graphs whose callers answer them."),
    })
    .prefault({}),
  env: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
});

/** Throws `options_invalid` that names the file, and the graph where it is one of them. */
export async function loadGraphs(file: string): Promise<LoadedGraphs> {
  const config = await readConfig(file);
  const { graphs, env, holdpoint } = config;
  const folder = dirname(resolve(file));
  takeEnvironment(env, folder);
  const loaded: LoadedGraphs = {
    agents: [],
    plain: {},
    callersAnswer: holdpoint.callers_answer,
    unread: [],
  };
  const reviewRoutes = new Set<string>();
  for (const [id, where] of Object.entries(graphs)) {
    const { path, module, exported } = await load(
      file,
      folder,
      id,
      typeof where === "string" ? where : where.path,
    );
    if (isAgentDefinition(exported)) {
      loaded.agents.push({ ...alone(await exported[agentOptions]()), name: id });
      for (const [name, other] of Object.entries(module))
        if (other === exported.app) reviewRoutes.add(`${path}:${name}`);
    } else {
      loaded.plain[id] = exported;
    }
  }
  const stray = holdpoint.callers_answer.find((id) => !(id in loaded.plain));
  if (stray !== undefined)
    throw wrong(file, `names "${stray}" in holdpoint.callers_answer. ${whyStray(stray, loaded)}`);
  const unread = unreadKeys(config, (place) => reviewRoutes.has(resolve(folder, place)));
  return { ...loaded, unread: unread.map((what) => `${file}: ${what}`) };
}

function whyStray(id: string, { agents }: LoadedGraphs): string {
  return agents.some(({ name }) => name === id)
    ? "It is an agent: who releases its calls stands in its policy."
    : "It is none of its graphs.";
}

/** What agents of one process share comes from the server, whatever each would take under another host. */
function alone({
  database: _d,
  tenant: _t,
  log: _l,
  settings: _s,
  ...agent
}: HoldpointOptions): AgentOptions {
  return agent;
}

async function readConfig(file: string): Promise<z.output<typeof configSchema>> {
  let config: unknown;
  try {
    config = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw wrong(file, `cannot be read: ${messageOf(error)}`);
  }
  const parsed = configSchema.safeParse(config);
  if (parsed.success) return parsed.data;
  throw wrong(file, `is no langgraph.json. ${z.prettifyError(parsed.error)}`);
}

/** What is set already counts more than the file, as with LangGraph's own tools. */
function takeEnvironment(env: string | Record<string, string> | undefined, folder: string): void {
  if (typeof env === "string") {
    const file = resolve(folder, env);
    if (existsSync(file)) loadEnvFile(file);
    return;
  }
  for (const [name, value] of Object.entries(env ?? {})) process.env[name] ??= value;
}

interface Loaded {
  path: string;
  module: Record<string, unknown>;
  exported: object;
}

async function load(file: string, folder: string, id: string, where: string): Promise<Loaded> {
  const split = where.lastIndexOf(":");
  const path = resolve(folder, where.slice(0, split));
  const name = where.slice(split + 1);
  let module: Record<string, unknown>;
  try {
    module = await importModule(path);
  } catch (error) {
    // A fault of an agent's options speaks for itself.
    if (error instanceof HoldpointError) throw error;
    throw wrong(file, `names ${where} for the graph "${id}", and that cannot be loaded: ${messageOf(error)}`);
  }
  const exported = module[name];
  if ((typeof exported === "object" && exported !== null) || typeof exported === "function")
    return { path, module, exported };
  const others = Object.keys(module);
  throw wrong(
    file,
    `names ${where} for the graph "${id}", and the file exports no graph of that name. ` +
      (others.length === 0 ? "It exports nothing." : `It exports: ${others.join(", ")}.`),
  );
}

/** TypeScript is compiled on the way; what it imports by a package's name is the same module as ours. */
async function importModule(path: string): Promise<Record<string, unknown>> {
  const isTypeScript = [".ts", ".mts", ".cts", ".tsx", ".jsx"].includes(extname(path));
  if (!isTypeScript) return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const jiti = createJiti(import.meta.url, { jsx: true });
  return jiti.import<Record<string, unknown>>(path);
}

function wrong(file: string, why: string): HoldpointError {
  return new HoldpointError("options_invalid", `${file} ${why}`, { details: { file } });
}
