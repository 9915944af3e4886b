// A review in words, for a terminal. What is shown of the arguments is all of them, since the decision binds to all.
import type { Decision, Person, Review, ReviewEvent } from "../http/contract.js";
import { draftText, progressText } from "./draft-text.js";
import { eventText } from "./event-text.js";
import { printable, printableJson } from "./printable.js";

/** @param events what was done with it, in its order */
export function reviewText(review: Review, now: Date, events: readonly ReviewEvent[]): string {
  const { decision } = review;
  const edited = decision?.type === "edit" && decision.argsHash !== review.argsHash;
  const rows: Row[] = [
    ["review", review.id],
    [
      "status",
      `${review.status}${review.claimedBy ? `, claimed by ${review.claimedBy.id} until ${review.claimedUntil ?? ""}` : ""}`,
    ],
    ["asks", asks[review.kind]],
    ["tool", review.tool],
    ["level", review.level],
    ["tier", `${review.tier} (roles: ${review.roles.join(", ")})`],
    ...panelRows(review),
    ["thread", review.threadId],
    ["asked by", review.requestedBy.id],
    ["opened", `${review.openedAt}, ${ageOf(review.openedAt, now)} ago`],
    ...(review.expiresAt === null ? [] : [["expires", review.expiresAt] satisfies Row]),
    ...(review.draft ? [["draft", progressText(review.id, review.draft)] satisfies Row] : []),
    ...stepRows(review),
    ...review.reasons.map(({ rule, text }): Row => ["why", `${rule}: ${text}`]),
  ];
  // Its title speaks of the arguments that were proposed.
  const title = edited ? `${review.tool}, with arguments that a person changed` : review.title;
  return [
    `${printable(title)}\n`,
    ...rows.map(rowText),
    argumentsText(edited ? decision : review),
    review.draft && !edited ? `  blocks\n${draftText(review.draft)}` : "",
    ...events.map((event) => rowText(["done", eventText(event)])),
    decision ? `  ${decisionText(decision)}\n` : "",
    ...(edited ? [rowText(["proposed", review.title]), argumentsText(review)] : []),
  ].join("");
}

/** Their arguments are among those of the plan. */
function stepRows({ steps = [] }: Review): Row[] {
  return steps.map(({ title, level, passes, argsHash }, index) => [
    `step ${index + 1}`,
    `${title} (${level}; ${passesText[passes]}; hash ${argsHash})`,
  ]);
}

const passesText: Readonly<Record<NonNullable<Review["steps"]>[number]["passes"], string>> = {
  unasked: "runs without asking",
  "with-plan": "may run once this is approved",
  "by-itself": "is asked about by itself when it is called",
};

/** Who has to agree beside whoever decides first, and who has. */
function panelRows({ panel, votes }: Review): Row[] {
  const four: Row[] = panel.fourEyes ? [["not by", "who asked for it"]] : [];
  if (!votes) return four;
  const { quorum, of, turns, veto, blind } = panel;
  const how = turns ? `in turn: ${turns.join(", ")}` : `${quorum} of at most ${of} have to approve`;
  const vetoes = veto.length === 0 ? "" : `; a no of ${veto.join(" or ")} ends it`;
  return [
    ["decide", `${how}${vetoes}${blind ? "; blind" : ""}`],
    ["votes", votesText(votes)],
    ...votes.items.map(
      ({ type, by, reason }): Row => [
        "voted",
        `${nameOf(by)}: ${type}${reason === null ? "" : `: ${reason}`}`,
      ],
    ),
    ...four,
  ];
}

export function votesText({ given, approvals }: NonNullable<Review["votes"]>): string {
  if (approvals === null) return `${given} given; how, you see when you have voted`;
  return given === 0 ? "none yet" : `${approvals} for, ${given - approvals} against`;
}

function nameOf({ id, onBehalfOf }: Person): string {
  return onBehalfOf === undefined ? id : `${id} for ${onBehalfOf}`;
}

const asks: Readonly<Record<Review["kind"], string>> = {
  review: "may it run?",
  reply: "may whoever asked read this answer?",
  settle: "did it happen? (it was attempted, and its outcome is not known)",
  question: "for an answer, which the graph goes on with",
  ask: "for an answer, which the agent goes on with",
  handover: "for a person to take it up, and to say how it goes on",
  plan: "may these calls be made, each on exactly its arguments?",
};

type Row = [name: string, value: string];

function rowText([name, value]: Row): string {
  return `  ${name.padEnd(9)} ${printable(value)}\n`;
}

function argumentsText({ args, argsHash }: Pick<Review, "args" | "argsHash">): string {
  return `${rowText(["hash", argsHash])}  arguments\n  ${printableJson(args, 2).replaceAll("\n", "\n  ")}\n`;
}

export function decisionText({ type, decidedBy, approvedBy, decidedAt, ...said }: Decision): string {
  const picked = typeof said.args["picked"] === "string" ? said.args["picked"] : null;
  const words = [picked, said.reason, said.message].flatMap((text) => (text ? [`: ${printable(text)}`] : []));
  const answers = said.answers.map(({ question, text }) => `\n    ${printable(question)} ${printable(text)}`);
  const who = approvedBy.length > 0 && type === "approve" ? approvedBy : [decidedBy];
  return `${type} by ${printable(who.map(nameOf).join(" and "))} at ${decidedAt}${words.join("")}${answers.join("")}`;
}

/** How long ago, in the largest unit that fits. */
export function ageOf(since: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - new Date(since).getTime()) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
