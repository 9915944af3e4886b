// An agent whose tool tells when it was started.
import { z } from "zod";
import { defineAgent, defineTool, scriptedModel } from "../src/index.js";

/** Milliseconds since 1970, with fractions: comparable between the processes of one machine. */
export const wallClock = (): number => performance.timeOrigin + performance.now();

export const timed = defineAgent({
  name: "timed",
  model: scriptedModel("timed", (messages) =>
    messages.at(-1)?.getType() === "tool"
      ? { text: "Done." }
      : { text: "I will do it.", calls: [{ tool: "act", args: {} }] },
  ),
  tools: [
    defineTool({
      name: "act",
      description: "Acts.",
      args: z.object({}),
      run: () => String(wallClock()),
    }),
  ],
  database: { home: ".holdpoint" },
});
