// What a tier says that does not make sense together: it would be believed, and not kept.
import type { Spot } from "../yaml/source.js";
import type { Misreference, TierOutline, ToolOutline } from "./outline.js";

export function wrongInTier(
  name: string,
  tier: TierOutline,
  around: {
    ladder: readonly string[];
    tools: Readonly<Record<string, ToolOutline>>;
    calendars: readonly string[];
  },
): Misreference[] {
  return [
    ...wrongDeadline(name, tier, around.ladder),
    ...wrongInstead(name, tier, around.tools),
    ...wrongHours(name, tier, around.calendars),
    ...wrongPanel(name, tier, around.ladder),
  ];
}

/** What happens after a deadline leads up the ladder, or ends; so it ends. */
function wrongDeadline(
  name: string,
  { respond, then, extend }: TierOutline,
  ladder: readonly string[],
): Misreference[] {
  const at = (key: string, aim: Spot["aim"], message: string): Misreference[] => [
    { spot: { path: key === "" ? ["tiers", name] : ["tiers", name, key], aim }, message },
  ];
  if (outcomes.includes(name))
    return at("", "key", `"${name}" is what may happen after a deadline, and no name of a tier.`);
  if (extend !== undefined && respond === undefined)
    return at("extend", "key", "Without `respond` there is no deadline that could be put off.");
  if (then === undefined) return [];
  if (respond === undefined)
    return at("then", "key", "Without `respond` there is no deadline, and nothing comes after it.");
  if (typeof then !== "string" || outcomes.includes(then)) return [];
  const higher = ladder.slice(ladder.indexOf(name) + 1);
  if (higher.includes(then)) return [];
  const may = [...higher, ...outcomes].join(", ");
  if (!ladder.includes(then) && approving.has(then.toLowerCase()))
    return at("then", "value", `${neverBySilence} After "${name}" comes one of: ${may}.`);
  const why = ladder.includes(then) ? `"${then}" is not higher on the ladder` : `There is no tier "${then}"`;
  return at("then", "value", `${why}. After "${name}" comes one of: ${may}.`);
}

const neverBySilence =
  "Silence never approves: to let a call run because nobody said no is impossible, least of all one that cannot be undone.";
const approving = new Set(["approve", "approved", "accept", "allow", "execute", "release", "run", "yes"]);

/** What runs because nobody was there has to be something that can be taken back. */
function wrongInstead(
  name: string,
  { then }: TierOutline,
  tools: Readonly<Record<string, ToolOutline>>,
): Misreference[] {
  if (typeof then !== "object" || then.instead === undefined) return [];
  const { instead } = then;
  const at = (message: string): Misreference[] => [
    { spot: { path: ["tiers", name, "then", "instead"], aim: "value" }, message },
  ];
  const { reversibility, draft = "never" } = tools[instead] ?? {};
  if (reversibility === "reversible" && draft === "never") return [];
  if (reversibility === "reversible")
    return at(
      `Words of "${instead}" are finished by people (\`draft: ${draft}\`), and here nobody is there. Name another tool, or ` +
        "write `draft: never` under it.",
    );
  const said = tools[instead]
    ? `does not say \`reversibility: reversible\` of "${instead}"`
    : `does not name "${instead}"`;
  const message =
    `On silence only what can be undone is done, and \`tools:\` ${said}. ` +
    "Approving is impossible as a silent outcome for anything irreversible.";
  return at(message);
}

function wrongHours(
  name: string,
  { respond, hours, outside }: TierOutline,
  calendars: readonly string[],
): Misreference[] {
  const at = (key: string, aim: Spot["aim"], message: string): Misreference[] => [
    { spot: { path: ["tiers", name, key], aim }, message },
  ];
  if (hours === undefined)
    return outside === undefined
      ? []
      : at("outside", "key", "Without `hours` nothing is outside of them: name a calendar there.");
  if (respond === undefined)
    return at("hours", "key", "Without `respond` there is no deadline, and no hours count for it.");
  if (calendars.includes(hours)) return [];
  const known =
    calendars.length > 0
      ? `Defined are ${calendars.join(", ")}.`
      : "This file defines none: write them under `calendars:`.";
  return at("hours", "value", `There is no calendar "${hours}". ${known}`);
}

const outcomes: readonly string[] = ["reject", "park"];

/** What a tier says of people who decide together has to make sense together: none of it would be kept otherwise. */
function wrongPanel(
  name: string,
  { roles, quorum = 1, of, blind, in_turn: inTurn, veto, split }: TierOutline,
  ladder: readonly string[],
): Misreference[] {
  const at = (key: string, aim: Spot["aim"], message: string): Misreference => ({
    spot: { path: ["tiers", name, key], aim },
    message,
  });
  const inOrder = inTurn === true && roles !== undefined;
  const isAlone = (inOrder ? roles.length : Math.max(quorum, of ?? quorum)) <= 1;
  const alone = (key: string, so: string): Misreference[] =>
    isAlone
      ? [at(key, "key", `One person decides here, so ${so}. Write a \`quorum\` of 2 or more beside it.`)]
      : [];
  return [
    ...(of !== undefined && of < quorum
      ? [
          at(
            "of",
            "value",
            `Of ${of} people there are never ${quorum} who approve: \`of\` is at least the quorum.`,
          ),
        ]
      : []),
    ...(inOrder ? wrongTurns(roles, { quorum, of, blind }, at) : []),
    ...(blind === true && !inOrder ? alone("blind", "there is no other vote to be hidden") : []),
    ...(veto === undefined ? [] : alone("veto", "every no ends it")),
    ...(veto ?? []).flatMap((role, index) =>
      roles === undefined || roles.includes(role)
        ? []
        : [
            {
              spot: { path: ["tiers", name, "veto", index], aim: "value" as const },
              message: `"${role}" is none of the roles of this tier, so who holds it has no vote here.`,
            },
          ],
    ),
    ...(split === undefined
      ? []
      : [...alone("split", "nobody differs"), ...wrongSplit(name, split, ladder, at)]),
  ];
}

function wrongTurns(
  roles: readonly string[],
  { quorum, of, blind }: { quorum: number; of?: number | undefined; blind?: boolean | undefined },
  at: (key: string, aim: Spot["aim"], message: string) => Misreference,
): Misreference[] {
  const several = roles.length >= 2 && roles.length <= 9;
  const differs = (written: number | undefined): boolean => written !== undefined && written !== roles.length;
  return [
    ...(several ? [] : [at("in_turn", "key", "In turn decide two to nine roles, one approval of each.")]),
    ...(quorum > 1 && differs(quorum)
      ? [
          at(
            "quorum",
            "value",
            `In turn each of the ${roles.length} roles approves once: leave \`quorum\` out.`,
          ),
        ]
      : []),
    ...(differs(of)
      ? [at("of", "value", `In turn each of the ${roles.length} roles approves once: leave \`of\` out.`)]
      : []),
    ...(blind === true
      ? [at("blind", "key", "In turn everybody knows that those before them approved: nothing is blind.")]
      : []),
  ];
}

function wrongSplit(
  name: string,
  split: string,
  ladder: readonly string[],
  at: (key: string, aim: Spot["aim"], message: string) => Misreference,
): Misreference[] {
  const higher = ladder.slice(ladder.indexOf(name) + 1);
  if (split === "reject" || higher.includes(split)) return [];
  const why = ladder.includes(split)
    ? `"${split}" is not higher on the ladder`
    : `There is no tier "${split}"`;
  const may = [...higher, "reject"].join(", ");
  return [at("split", "value", `${why}. Where "${name}" is divided comes one of: ${may}.`)];
}
