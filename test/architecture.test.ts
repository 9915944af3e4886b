// The house: imports go down only. The test names the line that goes up.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const src = fileURLToPath(new URL("../src/", import.meta.url));

/** From the ground up. Rooms on one floor do not see each other, but where `sees` says so. */
const floors: readonly (readonly string[])[] = [
  ["kernel"],
  ["yaml"],
  ["policies", "drafting", "risk", "tools", "ledger"],
  ["review", "models", "access"],
  ["execution", "learning", "metrics"],
  ["graph/state", "graph/calls", "graph/input", "graph/letters"],
  ["graph/routes"],
  ["nodes", "storage"],
  ["graph"],
  ["runs"],
  ["options"],
  ["runtime"],
  ["holdpoint", "middleware"],
  ["http", "notify"],
  ["define-agent"],
  ["index", "langchain"],
  ["replay"],
  ["cli/", "server/"],
  ["cli", "server"],
];

/** Rooms that may see a neighbour on their own floor. */
const sees: Record<string, readonly string[]> = {
  tools: ["policies"],
  risk: ["drafting", "policies"],
  http: ["notify"],
  "cli/": ["server/"],
};

interface Import {
  from: string;
  to: string;
  line: number;
  text: string;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((text, index) => {
      const specifier = /(?:from|import\()\s*"(\.[^"]+)"/.exec(text)?.[1];
      if (!specifier) return [];
      const to = relative(src, normalize(join(dirname(file), specifier))).replace(/\.js$/, "");
      return [{ from: relative(src, file).replace(/\.ts$/, ""), to, line: index + 1, text: text.trim() }];
    });
}

/** The room a file stands in: the longest name that fits. */
function roomOf(file: string): { room: string; floor: number } {
  const rooms = floors.flatMap((names, floor) => names.map((room) => ({ room, floor })));
  const own = rooms
    .filter(({ room }) => file === room || file.startsWith(room.endsWith("/") ? room : `${room}/`))
    .toSorted((a, b) => b.room.length - a.room.length)[0];
  if (!own)
    throw new Error(
      `${file}.ts stands in no room of the house. Give it one, or name a new room in this test.`,
    );
  return own;
}

const imports = filesIn(src).flatMap(importsOf);

describe("the house", () => {
  it("every file stands in a room", () => {
    const rooms = filesIn(src).map((file) => roomOf(relative(src, file).replace(/\.ts$/, "")).room);
    expect(new Set(rooms).size).toBeGreaterThan(10);
  });

  it("imports go down only", () => {
    expect(imports.length).toBeGreaterThan(100);
    const up = imports.filter(({ from, to }) => {
      if (to.startsWith("..")) return false;
      const a = roomOf(from);
      const b = roomOf(to);
      return a.room !== b.room && b.floor >= a.floor && !(sees[a.room]?.includes(b.room) ?? false);
    });
    expect(up.map(({ from, line, text }) => `src/${from}.ts:${line}: ${text}`)).toEqual([]);
  });

  it("only the server and the command know the examples", () => {
    const outside = imports.filter(({ to }) => to.startsWith("..")).map(({ from }) => from);
    expect(outside.filter((from) => from !== "server" && !from.startsWith("server/"))).toEqual([]);
  });

  it("only the door for LangChain's agents needs `langchain`, which not everybody installs", () => {
    const needing = filesIn(src)
      .filter((file) => /from "langchain"/.test(readFileSync(file, "utf8")))
      .map((file) => relative(src, file));
    expect(needing).toContain("middleware/holdpoint-middleware.ts");
    expect(needing.filter((file) => !file.startsWith("middleware/"))).toEqual([]);
    const entering = imports.filter(({ to }) => to.startsWith("middleware/")).map(({ from }) => from);
    expect(entering.filter((from) => from !== "langchain" && !from.startsWith("middleware/"))).toEqual([]);
  });

  it("the wire contract imports no server code, so that a page can import it", () => {
    const contract = imports.filter(
      ({ from }) => from === "http/contract" || from.startsWith("http/contract/"),
    );
    const allowed = /^(http\/contract(\/|$)|kernel\/(errors|event-names)$|policies\/words$)/;
    expect(
      contract
        .filter(({ to }) => !allowed.test(to))
        .map(({ from, line, text }) => `src/${from}.ts:${line}: ${text}`),
    ).toEqual([]);
  });

  it("the parts know the wire contract and which characters hide, and the page knows the contract and the parts", () => {
    const roots = {
      react: ["react", "src/http/contract", "src/kernel/hidden-characters"],
      web: ["web", "react", "src/http/contract"],
    };
    for (const [room, known] of Object.entries(roots)) {
      const folder = normalize(join(src, "..", room));
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
        /\.tsx?$/.test(name),
      );
      expect(files.length).toBeGreaterThan(10);
      const away = files.flatMap((name) =>
        importsOf(join(folder, name)).filter(({ to }) => {
          const path = normalize(join("src", to));
          return !known.some((at) => path === at || path.startsWith(`${at}/`));
        }),
      );
      expect(away.map(({ from, line, text }) => `${from}:${line}: ${text}`)).toEqual([]);
    }
  });

  it("importing the library does nothing: no environment is read and no file is touched outside the doors", () => {
    const doors = /^(server|server\/.*|cli|cli\/.*|storage\/embedded.*|replay\/.*)$/;
    const readers = filesIn(src)
      .map((file) => ({ file: relative(src, file).replace(/\.ts$/, ""), text: readFileSync(file, "utf8") }))
      .filter(({ file, text }) => !doors.test(file) && /process\.(env|exit)/.test(text));
    expect(readers.map(({ file }) => file)).toEqual([]);
  });

  it("starting reads no dictionaries: they are imported where words are checked, and nowhere from the top", () => {
    const readers = filesIn(src).flatMap((file) =>
      /^import .*(?:drafting\/grounding|drafting\/claims|\.\/grounding|\.\/claims)\.js"/m.test(
        readFileSync(file, "utf8").replaceAll(/^import type .*$/gm, ""),
      )
        ? [relative(src, file)]
        : [],
    );
    expect(readers).toEqual(["drafting/grounding.ts"]);
  });
});
