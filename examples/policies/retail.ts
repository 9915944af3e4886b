// What retail.yaml cannot say: whether each item may take the place of the other, and whether a gift card pays for it; who
// is helped in this conversation; and whether anybody has given an address.
import { defineValidator, type Validator, type ValidatorInput } from "holdpoint";
import { z } from "zod";
import { wholeObjectsIn } from "./cut-answers.js";

const items = z.object({ order_id: z.string(), item_ids: z.array(z.string()) });
const swap = items.extend({ new_item_ids: z.array(z.string()), payment_method_id: z.string() });
const order = z.object({
  user_id: z.string(),
  items: z.array(
    z.object({
      name: z.string().optional(),
      item_id: z.string(),
      product_id: z.string(),
      price: z.number(),
    }),
  ),
});
const variant = z.object({ item_id: z.string(), available: z.boolean(), price: z.number() });
const product = z.object({ variants: z.record(z.string(), variant) });
const profile = z.object({
  payment_methods: z.record(z.string(), z.object({ source: z.string(), balance: z.number().optional() })),
});

const address = z
  .object({ address1: z.string(), address2: z.string(), zip: z.string() })
  .partial()
  .transform(({ address1 = "", address2 = "", zip = "" }) => ({ address1, address2, zip }));

type Facts = ValidatorInput["facts"];

const swaps = ["modify_pending_order_items", "exchange_delivered_order_items"];
const orders = [
  "get_order_details",
  "modify_pending_order_address",
  "modify_pending_order_items",
  "modify_pending_order_payment",
];
const finding = ["find_user_id_by_email", "find_user_id_by_name_zip"];

const itemsNotInOrder = defineValidator({
  name: "items-not-in-order",
  tools: [...swaps, "return_delivered_order_items"],
  reads: orders,
  check({ call, facts }) {
    const { order_id, item_ids } = items.parse(call.args);
    const own = orderIn(facts, order_id);
    const left = own?.items.map(({ item_id }) => item_id) ?? [];
    const missing = item_ids.filter((id) => {
      const at = left.indexOf(id);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
    if (!own || missing.length === 0) return null;
    return { verdict: "deny", level: "low", reason: `The order has no item ${missing.join(", ")}.` };
  },
});

/** Another kind of the same product, which is there. */
const itemsDoNotFit = defineValidator({
  name: "items-do-not-fit",
  tools: swaps,
  reads: [...orders, "get_product_details"],
  check({ call, facts }) {
    const { order_id, item_ids, new_item_ids } = swap.parse(call.args);
    const own = orderIn(facts, order_id);
    for (const [index, wanted] of new_item_ids.entries()) {
      const given = own?.items.find(({ item_id }) => item_id === item_ids[index]);
      const offer = variantIn(facts, wanted);
      if (!wasSeen(facts, wanted))
        return { verdict: "hold", level: "low", reason: `The agent has found no item ${wanted}.` };
      if (offer && !offer.available)
        return { verdict: "deny", level: "low", reason: `The item ${wanted} is not available.` };
      if (offer && given && offer.product_id !== given.product_id)
        return { verdict: "deny", level: "low", reason: `The item ${wanted} is another product.` };
    }
    return null;
  },
});

/** Which items it is about the customer confirms: each was named, or all of them were meant. */
const itemsNotSpokenOf = defineValidator({
  name: "items-not-spoken-of",
  tools: [...swaps, "return_delivered_order_items"],
  reads: orders,
  check({ call, facts, words }) {
    const { order_id, item_ids } = items.parse(call.args);
    const text = (words ?? []).join("\n").toLowerCase();
    if (allOfThem.some((phrase) => text.includes(phrase))) return null;
    const said = new Set(wordsIn(text));
    const unnamed = item_ids.flatMap((id) => {
      const { name = "" } = orderIn(facts, order_id)?.items.find(({ item_id }) => item_id === id) ?? {};
      const isNamed = name === "" || text.includes(id) || wordsIn(name).some((word) => said.has(word));
      return isNamed ? [] : [name];
    });
    return unnamed.length === 0
      ? null
      : { verdict: "hold", reason: `The customer has not spoken of ${unnamed.join(", ")}.` };
  },
});

const allOfThem = [
  "everything",
  "entire order",
  "whole order",
  "all items",
  "all the items",
  "all of the items",
];

const tooLittleForDifference = defineValidator({
  name: "too-little-for-difference",
  tools: swaps,
  reads: [...orders, "get_product_details", "get_user_details"],
  check({ call, facts }) {
    const { order_id, item_ids, new_item_ids, payment_method_id } = swap.parse(call.args);
    const own = orderIn(facts, order_id);
    const user = own && profile.safeParse(facts.newest("get_user_details", { user_id: own.user_id })).data;
    const balance = user?.payment_methods[payment_method_id]?.balance;
    if (!own || balance === undefined) return null;
    const before = item_ids.flatMap((id) => own.items.find(({ item_id }) => item_id === id)?.price ?? []);
    const after = new_item_ids.flatMap((id) => variantIn(facts, id)?.price ?? []);
    if (before.length !== item_ids.length || after.length !== new_item_ids.length) return null;
    const more = sum(after) - sum(before);
    return more <= balance
      ? null
      : {
          verdict: "deny",
          level: "critical",
          reason: `The exchange costs ${more.toFixed(2)} more, and the gift card has ${balance} on it.`,
        };
  },
});

/** A conversation is one customer's: whoever was found first. */
const anotherCustomer = defineValidator({
  name: "another-customer",
  tools: [
    ...swaps,
    "return_delivered_order_items",
    "cancel_pending_order",
    "modify_pending_order_address",
    "modify_pending_order_payment",
    "modify_user_address",
  ],
  reads: [...orders, ...finding],
  check({ call, facts }) {
    const { order_id, user_id } = call.args;
    const whose = typeof order_id === "string" ? orderIn(facts, order_id)?.user_id : user_id;
    const [first, ...later] = facts.all(...finding);
    // Whoever was not found at all is a rule's matter.
    if (!first || first.text === whose || !later.some(({ text }) => text === whose)) return null;
    return {
      verdict: "deny",
      level: "critical",
      reason: `This conversation is with ${first.text}, and this belongs to somebody else.`,
    };
  },
});

/** Its numbers, since names of streets are written in many ways. */
const addressMadeUp = defineValidator({
  name: "address-made-up",
  tools: ["modify_pending_order_address", "modify_user_address"],
  reads: [...orders, "get_user_details"],
  check({ call, facts, words }) {
    const { address1, address2, zip } = address.parse(call.args);
    const numbers = [address1, address2, zip].flatMap((part) => part.match(/\d+/g) ?? []);
    const known = [...(words ?? []), ...facts.all(...orders, "get_user_details").map(({ text }) => text)];
    const heard = new Set(known.flatMap((text) => text.match(/\d+/g) ?? []));
    const madeUp = numbers.filter((one) => !heard.has(one));
    return madeUp.length === 0
      ? null
      : {
          verdict: "hold",
          level: "high",
          reason: `Nobody has given an address with ${madeUp.join(" and ")} in it.`,
        };
  },
});

export const retailValidators: readonly Validator[] = [
  itemsNotInOrder,
  itemsDoNotFit,
  itemsNotSpokenOf,
  tooLittleForDifference,
  anotherCustomer,
  addressMadeUp,
];

/** As it stands after the last change in this conversation. */
function orderIn(facts: Facts, id: string): z.output<typeof order> | undefined {
  const newest = facts.all(...orders).findLast(({ args, value }) => args["order_id"] === id && value);
  return order.safeParse(newest?.value).data;
}

function variantIn(facts: Facts, id: string) {
  return facts
    .all("get_product_details")
    .flatMap(({ args: { product_id }, value, text }) =>
      variantsIn(value, text).map((one) => ({ ...one, product_id })),
    )
    .findLast(({ item_id }) => item_id === id);
}

function variantsIn(value: unknown, text: string): z.output<typeof variant>[] {
  if (value !== undefined) return Object.values(product.safeParse(value).data?.variants ?? {});
  return wholeObjectsIn(text).flatMap((one) => variant.safeParse(one).data ?? []);
}

/** Also in an answer that is too long to be read whole. */
function wasSeen(facts: Facts, id: string): boolean {
  return facts.all("get_product_details").some(({ value, text }) => value === undefined || text.includes(id));
}

/** Without the s that makes many of one. */
function wordsIn(text: string): string[] {
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  return words.map((word) => (word.length > 3 ? word.replace(/s$/, "") : word));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
