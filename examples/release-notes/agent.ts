// Release notes, drafted from the log of the git repository in which this runs.
import { z } from "zod";
import { defineAgent, defineTool, type HoldpointOptions } from "holdpoint";
import { databaseIn, modelIn, type Environment } from "../environment.js";
import { demoModel } from "./demo-model.js";
import { readGitLog } from "./git-log.js";

export interface Release {
  version: string;
  notes: string;
}

/** @param published takes what was released. In real life it goes to a page, a registry, a mailing list. */
export function releaseNotesAgent(
  environment: Environment,
  { folder = process.cwd(), published = [] }: { folder?: string; published?: Release[] } = {},
): Omit<HoldpointOptions, "database"> {
  const publish = defineTool({
    name: "publish_release_notes",
    description: "Publish the notes of a release. Whoever follows the project reads them at once.",
    args: z.object({ version: z.string().min(1), notes: z.string().min(1) }),
    annotations: { title: "Publish release notes", openWorldHint: true },
    draft: "notes",
    title: ({ version }) => `Publish the release notes of ${version}`,
    run: ({ version, notes }) => {
      published.push({ version, notes });
      return `The notes of ${version} are published.`;
    },
  });
  return {
    name: "release-notes",
    model: modelIn(environment, demoModel),
    tools: [readGitLog(folder), publish],
    instructions:
      "You write release notes for people who use the project. Read the git log first, and say nothing that it does not " +
      "say. Leave out what users do not notice.",
  };
}

export const graph = defineAgent(() => ({
  ...releaseNotesAgent(process.env),
  database: databaseIn(process.env),
}));
