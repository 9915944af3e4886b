// Compiles src, examples, bench and the React parts into dist, puts what is not TypeScript (SQL, YAML, CSS) beside it, and
// builds the page.
// With --if-stale it returns at once when nothing is newer than the last build.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "dist", ".built");
const roots = ["src", "examples", "bench"].map((name) => join(root, name));
const parts = join(root, "react");
const page = join(root, "web");

if (
  process.argv.includes("--if-stale") &&
  existsSync(stamp) &&
  newest([...roots, parts, page]) <= statSync(stamp).mtimeMs
) {
  process.exit(0);
}

const startedAt = new Date();
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
for (const project of ["tsconfig.build.json", "react/tsconfig.json"]) {
  const compiled = spawnSync(process.execPath, [tsc, "-p", join(root, project)], { stdio: "inherit" });
  if (compiled.status !== 0) process.exit(compiled.status ?? 1);
}

for (const folder of [...roots, parts]) {
  const built = folder.replace(root, join(root, "dist"));
  // What was renamed or taken away must not stay: a migration that is there twice stops the server.
  for (const name of readdirSync(built, { recursive: true, encoding: "utf8" }))
    if (/\.(sql|yaml|css)$/.test(name)) rmSync(join(built, name));
  cpSync(folder, folder.replace(root, join(root, "dist")), {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || /\.(sql|yaml|css)$/.test(path),
  });
}
const { build } = await import("vite");
await build({ configFile: join(page, "vite.config.ts"), logLevel: "warn" });
// npx links the command once and sets its mode then; a build from nothing would leave the link without the right to run.
for (const program of ["cli.js", "server.js"]) chmodSync(join(root, "dist", "src", program), 0o755);
writeFileSync(stamp, "");
utimesSync(stamp, startedAt, startedAt);

function newest(folders) {
  let latest = 0;
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) latest = Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
    }
  }
  return latest;
}
