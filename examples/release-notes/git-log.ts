import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { defineTool, type HoldpointTool } from "holdpoint";

const run = promisify(execFile);

/** Reads the log of the git repository in a folder. */
export function readGitLog(folder: string): HoldpointTool {
  return defineTool({
    name: "read_git_log",
    description: "Read what was committed, the newest first: hash, day, author, subject.",
    args: z.object({
      since: z
        .string()
        .regex(/^[\w./-]+$/)
        .optional()
        .describe("A tag, a branch or a hash; commits after it. Absent: the newest ones."),
      most: z.int().min(1).max(100).default(20),
    }),
    annotations: { title: "Read the git log", readOnlyHint: true },
    run: async ({ since, most }, { signal }) => {
      const range = since === undefined ? "HEAD" : `${since}..HEAD`;
      const options = ["log", "--no-merges", `--max-count=${most}`, "--format=%h %as %an: %s"];
      const { stdout } = await run("git", [...options, "--end-of-options", range], { cwd: folder, signal });
      return stdout.trim() || "Nothing was committed.";
    },
  });
}
