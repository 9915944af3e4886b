// A discharge summary: the agent's answer itself waits, in blocks, until a physician has finished it. What stands in no
// record is lowered, however sure the model is of it.
import { z } from "zod";
import { defineAgent, defineTool, type HoldpointOptions } from "holdpoint";
import { databaseIn, modelIn, type Environment } from "../environment.js";
import { openClinic, type ClinicRecord } from "./clinic.js";
import { demoModel } from "./demo-model.js";

const policy = `
default: { tier: physician }
tiers: { physician: { roles: [physician] } }
`;

export function dischargeSummaryAgent(
  environment: Environment,
  clinic: ReadonlyMap<string, ClinicRecord> = openClinic(),
): Omit<HoldpointOptions, "database"> {
  const readRecord = defineTool({
    name: "read_record",
    description: "Read a patient's record by its number: stay, findings, medication.",
    args: z.object({ id: z.string() }),
    annotations: { title: "Read a record", readOnlyHint: true },
    title: ({ id }) => `Read record ${id}`,
    run: ({ id }) => {
      const record = clinic.get(id);
      if (!record)
        throw new Error(`There is no record ${id}. This clinic has ${[...clinic.keys()].join(", ")}.`);
      return record;
    },
  });
  return {
    name: "discharge-summary",
    model: modelIn(environment, demoModel),
    tools: [readRecord],
    answers: "drafted",
    policy,
    instructions:
      "You write discharge summaries for a patient's own physician. Read the record first. What the record does not say, you " +
      "do not know: leave a gap for the person who signs.",
  };
}

export const graph = defineAgent(() => ({
  ...dischargeSummaryAgent(process.env),
  database: databaseIn(process.env),
}));
