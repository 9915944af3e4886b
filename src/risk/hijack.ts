// A call that a tool's result asks for and no person. What was written into a page, a ticket or a mail may say anything;
// that the call's decisive values stand only there, and that nobody asked for the act, cannot be talked away.
import type { Source } from "../drafting/sources.js";
import { isDescribedIn, isNamedIn, type Act } from "./acts.js";
import type { Conversation } from "./conversation.js";
import { Known } from "./known.js";
import type { Origins } from "./origin.js";
import type { NamedValue } from "./values.js";

export type Hijack =
  /** Nobody named such an act, and these values stand in results only to which nobody has said anything yet. */
  | { kind: "unasked"; values: readonly NamedValue[]; in: string }
  /** A result tells somebody to do it. */
  | { kind: "ordered"; order: string; in: string };

export function hijackIn(
  act: Act,
  { said, answered }: Origins,
  { asked, results, heard, orders }: Conversation,
): Hijack | null {
  const isAsked = asked.sources.some(({ text }) => isNamedIn(text, act));
  const order = orderFor(act, answered, !isAsked && said.length === 0, orders);
  if (order) return order;
  if (isAsked) return null;
  const values = answered.filter(({ value }) => !heard.has(value));
  const [first] = values;
  if (!first) return null;
  const from = results.sources.findLast((source) => new Known([source]).has(first.value));
  return { kind: "unasked", values, in: from?.from ?? "a tool" };
}

/** One that names a value which stands in results only, or the act itself where no person named it or a value of it. */
function orderFor(
  act: Act,
  answered: readonly NamedValue[],
  isUnasked: boolean,
  orders: readonly Source[],
): Hijack | null {
  for (const order of orders) {
    const here = new Known([order]);
    if (answered.some(({ value }) => here.has(value)) || (isUnasked && isDescribedIn(order.text, act)))
      return { kind: "ordered", order: order.text, in: order.from };
  }
  return null;
}
