import { readFile } from "node:fs/promises";
import type { HoldpointOptions } from "holdpoint";
import { modelIn, type Environment } from "../environment.js";
import { demoModel } from "./demo-model.js";
import { openDesk, type Desk } from "./desk.js";
import { supportTools } from "./tools.js";

/**
 * The support desk, without its database: on ChatOpenAI where there is a key, else on the scripted demo model.
 * Throws `options_invalid` where the model's settings cannot work.
 */
export async function supportAgent(
  environment: Environment,
  desk: Desk = openDesk(),
): Promise<Omit<HoldpointOptions, "database">> {
  return {
    name: "support",
    model: modelIn(environment, demoModel),
    tools: supportTools(desk),
    builtIns: ["ask_human", "hand_over"],
    policy: await readFile(new URL("./policy.yaml", import.meta.url), "utf8"),
    instructions:
      "You work at a support desk. Look things up before you act. Some calls wait for a person; when one was rejected, " +
      "say so and do not repeat it. Never say that something was done unless its tool said so.",
  };
}
