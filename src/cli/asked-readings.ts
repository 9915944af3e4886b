// The second look at tools whose words leave open what they do: a model is asked, one tool at a time.
import type { ModelReading } from "../models/tool-reading.js";
import type { ToolReading } from "../risk/read-tool.js";
import { Refusal } from "./command.js";
import type { KnownTool } from "./known-tools.js";
import type { Terminal } from "./terminal.js";

const patience = { timeoutMs: 60_000 };

/** Of the tools that are not read for sure, what the model says. Throws `Refusal` where there is no key to ask with. */
export async function askedReadings<One extends KnownTool & { reading: ToolReading }>(
  read: readonly One[],
  name: string,
  terminal: Terminal,
): Promise<Map<One, ModelReading>> {
  const apiKey = terminal.env("OPENAI_API_KEY");
  if (!apiKey)
    throw new Refusal("--model needs OPENAI_API_KEY: without it the provider would refuse every question.");
  const baseUrl = terminal.env("OPENAI_BASE_URL");
  // They bring LangChain along, which the reading by words does not need.
  const [{ openAiModel }, { askForReading }] = await Promise.all([
    import("../models/openai.js"),
    import("../models/tool-reading.js"),
  ]);
  const model = openAiModel({ apiKey, model: name, ...(baseUrl ? { baseUrl } : {}) });
  const asked = new Map<One, ModelReading>();
  for (const one of read.filter(({ reading }) => !reading.isSure))
    asked.set(one, await askForReading(model, one.tool, one.reading.effect, patience));
  return asked;
}
