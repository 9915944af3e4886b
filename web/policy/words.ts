import type { KindOfCall, PolicyInForce, Verdict } from "../api.js";
import { span } from "../words.js";
import type { Threshold } from "./foretell.js";

export function percent(share: number): string {
  const of = share * 100;
  return `${of > 0 && of < 10 ? of.toFixed(1).replace(/\.0$/, "") : Math.round(of)} %`;
}

/** `.80`, as the reasons of a hold write it. */
export function scoreOf(score: number): string {
  return score.toFixed(2).replace(/^0/, "");
}

export function thresholdInWords(threshold: Threshold): string {
  return threshold === null ? "All are looked at" : `Runs by itself from ${scoreOf(threshold)} on`;
}

/** As it is written into the policy file. */
export function promiseOf({ maxError, confidence }: Pick<KindOfCall, "maxError" | "confidence">): string {
  return `maxError: ${maxError}, confidence: ${confidence}`;
}

export function conversations(count: number): string {
  return `${count.toLocaleString()} ${count === 1 ? "conversation" : "conversations"}`;
}

export function verdictOf({ verdict, tier }: PolicyInForce["rules"][number]): string {
  switch (verdict) {
    case "hold":
      return `held for ${tier ?? "a person"}`;
    case "deny":
      return "refused";
    case "allow":
      return "may run, where it can be put right";
    case "note":
      return "noted";
  }
}

type Tier = PolicyInForce["tiers"][number];
type Deadline = NonNullable<Tier["deadline"]>;

export function deadlineOf({ deadline }: Pick<Tier, "deadline">): string {
  if (deadline === null) return "no deadline";
  const { after, extend } = deadline;
  const more = extend === null ? "" : `; may be put off ${times(extend.times)}, by ${span(extend.ms)}`;
  return `${timeIn(deadline)}, then ${afterInWords(after)}${more}`;
}

function timeIn({ ms, hours }: Deadline): string {
  if (hours === null) return span(ms);
  switch (hours.outside) {
    case "wait":
      return `${span(ms)} of ${hours.calendar}`;
    case "then":
      return `${span(ms)}, or until nobody is there by ${hours.calendar}`;
  }
}

function afterInWords(after: Deadline["after"]): string {
  switch (after.kind) {
    case "escalate":
      return `it goes to ${after.tier}`;
    case "reject":
      return "it is refused";
    case "park":
      return "it waits on";
    case "instead":
      return `it is refused, and ${after.tool} is done instead${argsOf(after.args)}`;
  }
}

function argsOf(args: Readonly<Record<string, string>>): string {
  const parts = Object.entries(args).map(([name, expression]) => `${name}: ${expression}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function times(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
}

/** How several decide, and who may not; nothing where one person does, whoever it is. */
export function panelOf({ quorum, of, fourEyes, blind, turns, veto, split }: Tier["panel"]): string[] {
  const many = of > quorum ? `${quorum} of ${of}` : String(quorum);
  return [
    turns && `in turn: ${turns.join(", then ")}`,
    !turns && of > 1 && `${many} ${quorum === 1 ? "has" : "have"} to approve`,
    fourEyes && "not who asked for it",
    veto.length > 0 && `a no of ${veto.join(" or ")} ends it`,
    blind && "votes are hidden until one has voted",
    split !== null && `where they do not agree it goes to ${split}`,
  ].filter((part) => typeof part === "string");
}

export function limitOf({ upTo, currency, tools }: PolicyInForce["limits"][number]): string {
  const amount = upTo === null ? `any amount of ${currency}` : `up to ${upTo.toLocaleString()} ${currency}`;
  return tools === null ? amount : `${amount}, by ${tools.join(", ")}`;
}

export const routes: Readonly<Record<Verdict["route"], string>> = {
  execute: "runs",
  review: "waits",
  approve: "waits",
  draft: "is written together",
  refuse: "is refused",
};

/** How many of late, each only where there were some. */
export function callsOfLate({ calls: { ran, shown, refused, decided, wrong } }: KindOfCall): string {
  const parts = [
    ran > 0 && `${ran.toLocaleString()} ran`,
    shown > 0 && `${shown.toLocaleString()} shown to a person`,
    refused > 0 && `${refused.toLocaleString()} refused`,
    decided > 0 && `${wrong.toLocaleString()} of ${decided.toLocaleString()} decided were wrong`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "no such call" : parts.join(" · ");
}
