// Stands in for a model where no key is given. It makes up one figure and is sure of it, as models do: the record lacks it,
// so it does not stay sure.
import { scriptedModel, type Model, type Script } from "holdpoint";
import {
  demoName,
  demoNotice,
  lastRequest,
  proposalsIn,
  resultsOfThisTurn,
  said,
  sourceIn,
  type SaidBlock,
} from "../demo.js";
import type { ClinicRecord } from "./clinic.js";

export function demoModel(): Model {
  return scriptedModel(demoName, answer, { demo: "summarise record 4417" });
}

const answer: Script = (messages, answerSchema) => {
  const request = lastRequest(messages);
  if (answerSchema === "draft_blocks") return { text: JSON.stringify({ blocks: blocksIn(request) }) };
  if (answerSchema === "draft_proposals")
    return { text: JSON.stringify({ proposals: proposalsIn(request) }) };
  const id = /record\s+#?(\w+)/i.exec(request)?.[1];
  if (id === undefined)
    return { text: `I write discharge summaries ("summarise record 4417"). ${demoNotice}` };
  const [result] = resultsOfThisTurn(messages);
  if (!result) return { calls: [{ tool: "read_record", args: { id } }] };
  if (result.status === "error") return { text: `${result.text} ${demoNotice}` };
  const record = JSON.parse(result.text) as ClinicRecord;
  return { text: `${partsOf(record).join("\n\n")}\n\n${demoNotice}` };
};

function blocksIn(request: string): SaidBlock[] {
  const source = sourceIn(request, "read_record");
  // An answer that is no summary is what it is.
  if (!source.startsWith("{")) return [];
  const record = JSON.parse(source) as ClinicRecord;
  const [who = "", why = "", findings = "", pressure = "", medication = ""] = partsOf(record);
  return [
    said("confident", who, { sources: [{ from: "read_record", quote: record.patient }] }),
    said("confident", why, { sources: [{ from: "read_record", quote: record.reason }] }),
    said("confident", findings),
    said("confident", pressure),
    said("confident", medication),
    said("uncertain", "The patient was told what to look out for.", {
      note: "The record does not say so.",
      alternatives: ["What to look out for has still to be explained."],
    }),
    said("placeholder", "", { note: "When and where the patient is seen next." }),
    said("uncertain", demoNotice, {
      note: "It says what wrote this, and does not belong in a letter.",
      joint: "nothing",
    }),
  ];
}

function partsOf({ patient, admitted, discharged, reason, findings, medication }: ClinicRecord): string[] {
  return [
    `Patient: ${patient}. In hospital from ${admitted} to ${discharged}.`,
    `Reason: ${reason}.`,
    `Findings: ${findings.join("; ")}.`,
    "Blood pressure at discharge: 128/76.",
    `Medication: ${medication.map(({ name, dose }) => `${name} ${dose}`).join("; ")}.`,
  ];
}
