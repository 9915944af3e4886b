// The policy file of an operator, which replaces the agents' own.
import { loadPolicy } from "../policies/load-policy.js";
import type { Replacement } from "../policies/policy.js";
import { readNamedFile, watchNamedFile, type Watched, type Watching } from "./watched-file.js";

const what = "policy file";

/** Its text; throws `policy_invalid` where it does not load, `options_invalid` where it cannot be read. */
export async function readPolicyFile(file: string): Promise<string> {
  const text = await readNamedFile("HOLDPOINT_POLICY", file, what);
  loadPolicy(text, file);
  return text;
}

export function watchPolicyFile(
  agent: { reloadPolicy(text: string, file: string): Promise<Replacement> },
  file: string,
  text: string,
  telling: Pick<Watching, "log" | "say">,
): Watched {
  return watchNamedFile({
    ...telling,
    file,
    what,
    text,
    async take(next) {
      const replaced = await agent.reloadPolicy(next, file);
      if (!replaced.ok) throw replaced.error;
      return `version ${replaced.policy.version.slice(0, 12)}`;
    },
  });
}
