import { readFile } from "node:fs/promises";
import { HoldpointError, openAiModel, type HoldpointOptions } from "holdpoint";
import { demoModel } from "./demo-model.js";
import { openDesk, type Desk } from "./desk.js";
import { supportTools } from "./tools.js";

/**
 * The support desk, without its database: on ChatOpenAI where there is a key, else on the scripted demo model.
 * Throws `options_invalid` where the model's settings cannot work.
 */
export async function supportAgent(
  environment: Record<string, string | undefined>,
  desk: Desk = openDesk(),
): Promise<Omit<HoldpointOptions, "database">> {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl, HOLDPOINT_MODEL: model } = environment;
  if (baseUrl) checkBaseUrl(baseUrl);
  return {
    name: "support",
    model: apiKey
      ? openAiModel({ apiKey, model: model || "gpt-4.1", ...(baseUrl ? { baseUrl } : {}) })
      : demoModel(),
    tools: supportTools(desk),
    builtIns: ["ask_human", "hand_over"],
    policy: await readFile(new URL("./policy.yaml", import.meta.url), "utf8"),
    instructions:
      "You work at a support desk. Look things up before you act. Some calls wait for a person; when one was rejected, " +
      "say so and do not repeat it. Never say that something was done unless its tool said so.",
  };
}

function checkBaseUrl(baseUrl: string): void {
  if (URL.canParse(baseUrl) && /^https?:$/.test(new URL(baseUrl).protocol)) return;
  // The value stays out of the message: it may hold a password.
  throw new HoldpointError(
    "options_invalid",
    "OPENAI_BASE_URL is no web address, so no model could be asked. Write one as https://api.openai.com/v1, or leave it out for that one.",
  );
}
