// A stage for programs that are killed with -9: each scene has a database and a file for the effects of its own. A program
// records its points (`RECORD`), or kills itself at one (`KILL_AT`).
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";
import { expect, inject } from "vitest";
import { build } from "vite";
import { dist, endOf, startProgram, type Ended } from "./child.js";
import { template, urlOf } from "./cluster.js";
import { ledgerFaults } from "./ledger.js";

export interface Point {
  name: string;
  when: "before" | "after";
}

export interface Scene {
  url: string;
  thread: string;
  play(more: Record<string, string>): Promise<Ended>;
  effects(): number;
  end(): Promise<void>;
}

export interface Stage {
  scene(): Promise<Scene>;
  /** The points of an undisturbed run, in order: before each statement, and after each commit and the effect. */
  pointsOf(environment: Record<string, string>): Promise<Point[]>;
  close(): Promise<void>;
}

export async function stageFor(source: URL): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "holdpoint-crash-"));
  const program = await inOneFile(source);
  const admin = new pg.Pool({ connectionString: inject("clusterUrl") });
  const stage: Stage = {
    async scene() {
      const database = `crash_${randomUUID().replaceAll("-", "")}`;
      await admin.query(`create database ${database} template ${template}`);
      const url = urlOf(inject("clusterUrl"), database);
      const effects = join(folder, database);
      const thread = randomUUID();
      const environment = { DATABASE: url, EFFECTS: effects, THREAD: thread };
      return {
        url,
        thread,
        play: (more) => endOf(startProgram(program, { ...environment, ...more })),
        effects: () => (existsSync(effects) ? readFileSync(effects, "utf8").trim().split("\n").length : 0),
        async end() {
          const faults = await ledgerFaults(url);
          await admin.query(`drop database ${database} with (force)`);
          expect(faults).toEqual([]);
        },
      };
    },
    async pointsOf(environment) {
      const undisturbed = await stage.scene();
      const record = join(folder, randomUUID());
      const { code, stderr } = await undisturbed.play({ ...environment, RECORD: record });
      if (code !== 0 || stderr !== "") throw new Error(`The undisturbed run ended with ${code}: ${stderr}`);
      await undisturbed.end();
      return readFileSync(record, "utf8").trim().split("\n").map(pointIn);
    },
    async close() {
      await admin.end();
      rmSync(folder, { recursive: true });
      rmSync(program);
    },
  };
  return stage;
}

/** A child is started hundreds of times, and most of a start is finding and reading a thousand modules. */
async function inOneFile(source: URL): Promise<URL> {
  // Beside the module that reads the migrations by its own place.
  const folder = join(dist, "src", "storage");
  const name = `${randomUUID()}.mjs`;
  await build({
    configFile: false,
    logLevel: "warn",
    // The one `pg` that our statements go through is the one that is watched.
    ssr: { noExternal: true, external: ["pg"] },
    build: {
      ssr: fileURLToPath(source),
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: name, codeSplitting: false } },
    },
  });
  return pathToFileURL(join(folder, name));
}

function pointIn(line: string): Point {
  const [when = "", name = ""] = line.split(" ");
  return { name, when: when === "after" ? "after" : "before" };
}

/** Plays all points, three at a time: a child mostly waits, for its own start and for the dead one's lease to lapse. */
export async function atEach(
  points: readonly Point[],
  kill: (point: Point) => Promise<boolean>,
): Promise<number> {
  let killed = 0;
  const queue = points.values();
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      for (const point of queue) if (await kill(point)) killed += 1;
    }),
  );
  return killed;
}
