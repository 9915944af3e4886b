// Tells an operator which tools a policy names that no agent here has, whenever that changes.
import type { Log } from "../kernel/log.js";
import { unknownToolInWords, unknownTools } from "../policies/unknown-tools.js";
import type { Agent } from "../runtime/agent.js";
import { hasTool } from "../runtime/has-tool.js";
import { newsTo } from "./news.js";

/** How often it is looked at, in milliseconds. */
export const unknownToolsMs = 2_000;

/** What it gives back looks once, and tells what is new since the last time. */
export function unknownToolsWatch(
  agents: ReadonlyMap<string, Pick<Agent, "tools" | "policy">>,
  log: Pick<Log, "warn">,
): () => void {
  const tell = newsTo(log);
  return () =>
    tell(
      [...agents.values()]
        .flatMap(({ policy }) => unknownTools(policy(), (name) => hasTool(agents, name)))
        .map(unknownToolInWords),
    );
}
