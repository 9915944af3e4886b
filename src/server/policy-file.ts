// The policy file of an operator, which replaces the agents' own.
import { loadPolicy } from "../policies/load-policy.js";
import type { Replacement } from "../policies/policy.js";
import { readNamedFile, watchNamedFile, type Watched, type Watching } from "./watched-file.js";

const what = "policy file";

/** Its text; throws `policy_invalid` where it does not load, `options_invalid` where it cannot be read. */
export async function readPolicyFile(file: string, variable = "HOLDPOINT_POLICY"): Promise<string> {
  const text = await readNamedFile(variable, file, what);
  loadPolicy(text, file);
  return text;
}

export function watchPolicyFile(
  policy: { reload(text: string, file: string): Promise<Replacement> },
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
      const replaced = await policy.reload(next, file);
      if (!replaced.ok) throw replaced.error;
      const { policy: inForce, proposed } = replaced;
      const version = `version ${inForce.version.slice(0, 12)}`;
      return proposed === null
        ? version
        : `version ${proposed.version.slice(0, 12)} waits for a person (review ${proposed.reviewId}), and ${version} stays in force`;
    },
  });
}

export function watchShadowFile(
  shadow: { replace(text: string, file: string): Promise<{ version: string } | null> },
  file: string,
  text: string,
  telling: Pick<Watching, "log" | "say">,
): Watched {
  return watchNamedFile({
    ...telling,
    file,
    what: "shadow policy",
    text,
    async take(next) {
      const taken = await shadow.replace(next, file);
      return `version ${taken?.version.slice(0, 12) ?? ""}`;
    },
  });
}
