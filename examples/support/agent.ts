import { readFile } from "node:fs/promises";
import { openAiModel, type HoldpointOptions } from "../../src/index.js";
import { demoModel } from "./demo-model.js";
import { openDesk, type Desk } from "./desk.js";
import { supportTools } from "./tools.js";

/** The support desk, without its database: on ChatOpenAI where there is a key, else on the scripted demo model. */
export async function supportAgent(
  environment: Record<string, string | undefined>,
  desk: Desk = openDesk(),
): Promise<Omit<HoldpointOptions, "database">> {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl, HOLDPOINT_MODEL: model } = environment;
  return {
    name: "support",
    model: apiKey
      ? openAiModel({ apiKey, model: model || "gpt-4.1", ...(baseUrl ? { baseUrl } : {}) })
      : demoModel(),
    tools: supportTools(desk),
    policy: await readFile(new URL("./policy.yaml", import.meta.url), "utf8"),
    instructions:
      "You work at a support desk. Look things up before you act. Some calls wait for a person; when one was rejected, " +
      "say so and do not repeat it. Never say that something was done unless its tool said so.",
  };
}
