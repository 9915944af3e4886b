// What people found out about recorded calls afterwards: which tools write, and which writes were wrong.
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { HoldpointError } from "../kernel/errors.js";
import { canonicalJson, isJsonObject, type JsonObject } from "../kernel/json.js";
import type { RecordedConversation } from "./conversation.js";
import { worseEffect, type RecordedEffect } from "./effects.js";
import { readJsonLines } from "./json-lines.js";

export interface Labels {
  effectByTool: ReadonlyMap<string, RecordedEffect>;
  /** Writes that were wrong and went through, as `callKey` names them. */
  wrongWrites: ReadonlySet<string>;
}

/** Names the n-th call of a conversation, counted from 0. */
export function callKey(conversation: string, step: number): string {
  return `${conversation}:${step}`;
}

const labelLine = z.object({
  id: z.string(),
  tool: z.string(),
  args: z.custom<JsonObject>(isJsonObject),
  kind: z.enum(["read", "generic", "write", "handoff"]),
  reversibility: z.string().optional(),
  wrong_executed: z.boolean().optional(),
});
type LabelLine = z.output<typeof labelLine>;

/** The labels that belong to a file of trajectories: its neighbour with `calls` in its name. Null where there is none. */
export function labelFileOf(file: string): string | null {
  const name = basename(file).replace("trajectories", "calls");
  const path = join(dirname(file), name);
  return name !== basename(file) && existsSync(path) ? path : null;
}

/** Reads labels and joins them to the calls. Throws where one does not fit its call: wrong labels are worse than none. */
export async function readLabels(
  file: string,
  conversations: readonly RecordedConversation[],
): Promise<Labels> {
  const lines = await readJsonLines(file, labelLine);
  const lineById = new Map(lines.map((line) => [line.id, line]));
  for (const conversation of conversations) {
    const calls = conversation.answers.flatMap(({ call }) => call ?? []);
    for (const [step, call] of calls.entries()) {
      const key = callKey(conversation.id, step);
      const line = lineById.get(key);
      if (!line) throw unfit(file, `the call ${key} (${call.tool}) has no label`);
      if (line.tool !== call.tool || canonicalJson(line.args) !== canonicalJson(call.args)) {
        throw unfit(
          file,
          `the label ${key} is of another call, of ${line.tool} instead of ${call.tool}, or with other arguments`,
        );
      }
    }
  }
  return { effectByTool: effectsIn(lines), wrongWrites: wrongWritesIn(lines) };
}

function effectsIn(lines: readonly LabelLine[]): Map<string, RecordedEffect> {
  const effectByTool = new Map<string, RecordedEffect>();
  for (const line of lines) {
    const effect = effectOf(line);
    effectByTool.set(line.tool, worseEffect(effectByTool.get(line.tool) ?? effect, effect));
  }
  return effectByTool;
}

function effectOf({ kind, reversibility }: LabelLine): RecordedEffect {
  switch (kind) {
    case "read":
    case "generic":
      return "read";
    case "handoff":
      return "handoff";
    case "write":
      return reversibility === "R" ? "reversible-write" : "irreversible-write";
  }
}

function wrongWritesIn(lines: readonly LabelLine[]): Set<string> {
  return new Set(lines.flatMap((line) => (line.kind === "write" && line.wrong_executed ? [line.id] : [])));
}

function unfit(file: string, why: string): HoldpointError {
  return new HoldpointError("request_invalid", `${file} does not belong to these conversations: ${why}.`);
}
