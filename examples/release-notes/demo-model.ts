// Stands in for a model where no key is given: a line for each commit, and it says of each part what it is sure of.
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

export function demoModel(): Model {
  return scriptedModel(demoName, answer, { demo: "write the release notes of 1.0.0" });
}

const answer: Script = (messages, answerSchema) => {
  const request = lastRequest(messages);
  if (answerSchema === "draft_blocks") return { text: JSON.stringify({ blocks: blocksIn(request) }) };
  if (answerSchema === "draft_proposals")
    return { text: JSON.stringify({ proposals: proposalsIn(request) }) };
  if (!/release notes/i.test(request))
    return { text: `I write release notes ("write the release notes of 1.0.0"). ${demoNotice}` };
  const results = resultsOfThisTurn(messages);
  const published = results.find(({ name }) => name === "publish_release_notes");
  if (published) return { text: `${published.text} ${demoNotice}` };
  const log = results.find(({ name }) => name === "read_git_log");
  if (!log)
    return { text: `I look into the log. ${demoNotice}`, calls: [{ tool: "read_git_log", args: {} }] };
  const version = /release notes\s+(?:of|for)\s+v?([\w.-]*\w)/i.exec(request)?.[1] ?? "the next release";
  const notes = subjectsIn(log.text)
    .map((subject) => `- ${subject}`)
    .join("\n");
  return {
    text: `They wait for a person. ${demoNotice}`,
    calls: [{ tool: "publish_release_notes", args: { version, notes: notes || "Nothing was committed." } }],
  };
};

const mostLines = 8;

function blocksIn(request: string): SaidBlock[] {
  const subjects = subjectsIn(sourceIn(request, "read_git_log")).slice(0, mostLines);
  return [
    said("confident", "What is new:", { joint: "line" }),
    ...subjects.map((subject, index) =>
      said("confident", `- ${subject}`, {
        sources: [{ from: "read_git_log", quote: subject }],
        joint: index === subjects.length - 1 ? "paragraph" : "line",
      }),
    ),
    said("uncertain", "To upgrade you need do nothing.", {
      note: "No commit says so, and I have tried nothing.",
      alternatives: ["Read the notes above before you upgrade."],
    }),
    said("placeholder", "", { note: "Where users ask when something breaks.", joint: "nothing" }),
  ];
}

/** Of lines such as "1a2b3c4 2026-01-31 Name: subject". */
function subjectsIn(log: string): string[] {
  return [...log.matchAll(/^[\da-f]{4,40} \d{4}-\d\d-\d\d [^:\n]*: (.+)$/gm)].map(
    ([, subject = ""]) => subject,
  );
}
