// The policies of `examples/policies`, on conversations that were made up for them.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { airlineValidators } from "../examples/policies/airline.js";
import { retailValidators } from "../examples/policies/retail.js";
import type { Json, JsonObject } from "../src/kernel/json.js";
import { assess } from "../src/policies/assess.js";
import { resultFrom } from "../src/policies/evidence.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import type { Policy } from "../src/policies/policy.js";
import { withValidators } from "../src/policies/with-validators.js";

const packs = {
  airline: withValidators(read("airline"), airlineValidators),
  retail: withValidators(read("retail"), retailValidators),
};

function read(name: string) {
  const file = new URL(`../examples/policies/${name}.yaml`, import.meta.url);
  return loadPolicy(readFileSync(file, "utf8"), `${name}.yaml`);
}

type Result = [tool: string, args: JsonObject, result: Json];

/** What the pack objects to, beside that an irreversible call waits anyway. A denial is told alone. */
function objections(pack: keyof typeof packs, call: [string, JsonObject], known: Known): string[] {
  const { reasons } = judged(packs[pack], call, known);
  return reasons.map(({ rule }) => rule).filter((rule) => rule !== "irreversible");
}

/** As grave as what the pack objects to, whatever the tool is. */
function gravity(pack: keyof typeof packs, call: [string, JsonObject], known: Known): string {
  return judged({ ...packs[pack], tools: new Map() }, call, known).level;
}

interface Known {
  results?: Result[];
  words?: string[];
}

function judged(
  policy: Policy,
  [tool, args]: [string, JsonObject],
  { results = [], words = ["I am kim_1. Yes, please."] }: Known,
) {
  const text = (value: Json) => (typeof value === "string" ? value : JSON.stringify(value));
  return assess(policy, {
    tool,
    args,
    argsHash: "",
    declared: { reversibility: "reversible", effect: "blind", readOnly: false },
    context: {},
    evidence: {
      results: results.map(([name, of, value]) => resultFrom(name, of, text(value))),
      words,
      now: new Date("2031-03-10T12:00:00Z"),
    },
    flags: [],
  });
}

describe("the airline's policy", () => {
  const flights = [
    { flight_number: "X1", date: "2031-03-20", price: 100, origin: "AAA", destination: "BBB" },
    { flight_number: "X2", date: "2031-03-25", price: 120, origin: "BBB", destination: "AAA" },
  ];
  const booked = {
    reservation_id: "R1",
    user_id: "kim_1",
    origin: "AAA",
    destination: "BBB",
    flight_type: "round_trip",
    cabin: "economy",
    flights,
    passengers: [{ first_name: "Kim", last_name: "Lee" }],
    created_at: "2031-02-01T10:00:00",
    total_baggages: 1,
    insurance: "no",
  };
  const user = {
    name: { first_name: "Kim", last_name: "Lee" },
    dob: "1990-01-01",
    membership: "regular",
    payment_methods: {
      card_1: { source: "credit_card", id: "card_1" },
      gift_1: { source: "gift_card", id: "gift_1", amount: 150 },
      paper_1: { source: "certificate", id: "paper_1", amount: 50 },
      paper_2: { source: "certificate", id: "paper_2", amount: 50 },
    },
  };
  const looked = (more: JsonObject = {}): Result[] => [
    ["get_user_details", { user_id: "kim_1" }, user],
    ["get_reservation_details", { reservation_id: "R1" }, { ...booked, ...more }],
  ];
  const search: Result = [
    "search_direct_flight",
    { origin: "AAA", destination: "BBB", date: "2031-03-21" },
    [
      {
        flight_number: "X3",
        origin: "AAA",
        destination: "BBB",
        available_seats: { basic_economy: 0, economy: 1, business: 4 },
        prices: { basic_economy: 50, economy: 90, business: 400 },
      },
    ],
  ];
  const legs = (...names: string[]) =>
    names.map((name) => {
      const [flight_number = "", date = ""] = name.split(" ");
      return { flight_number, date };
    });
  const same = legs("X1 2031-03-20", "X2 2031-03-25");
  const later = legs("X3 2031-03-21", "X2 2031-03-25");
  const change = (more: JsonObject = {}): [string, JsonObject] => [
    "update_reservation_flights",
    { reservation_id: "R1", cabin: "economy", flights: later, payment_id: "card_1", ...more },
  ];
  const cancel: [string, JsonObject] = ["cancel_reservation", { reservation_id: "R1" }];
  const bags = (total: number, paid: number): [string, JsonObject] => [
    "update_reservation_baggages",
    { reservation_id: "R1", total_baggages: total, nonfree_baggages: paid, payment_id: "card_1" },
  ];
  const book = (more: JsonObject = {}): [string, JsonObject] => [
    "book_reservation",
    {
      user_id: "kim_1",
      origin: "AAA",
      destination: "BBB",
      flight_type: "one_way",
      cabin: "economy",
      flights: legs("X3 2031-03-21"),
      passengers: [{ first_name: "Kim", last_name: "Lee", dob: "1990-01-01" }],
      payment_methods: [{ payment_id: "card_1", amount: 90 }],
      total_baggages: 0,
      nonfree_baggages: 0,
      insurance: "no",
      ...more,
    },
  ];
  const certificate = (amount: number): [string, JsonObject] => [
    "send_certificate",
    { user_id: "kim_1", amount },
  ];
  const delayed: Result = ["get_flight_status", { flight_number: "X1", date: "2031-03-20" }, "delayed"];
  const known = [...looked(), search];

  it.each<[string, [string, JsonObject], Result[], string[]]>([
    ["an agent that looks", ["get_reservation_details", { reservation_id: "R1" }], [], []],
    ["a change to a flight on offer", change(), known, []],
    ["a change that nobody looked at", change(), [], ["reservation-not-seen", "flights-not-seen"]],
    ["a change to a flight that nobody found", change(), looked(), ["flights-not-seen"]],
    ["a change that changes nothing", change({ flights: same }), known, ["nothing-changes"]],
    [
      "a change paid by a certificate",
      change({ payment_id: "paper_1" }),
      known,
      ["change-paid-by-certificate"],
    ],
    [
      "a change paid by a stranger's card",
      change({ payment_id: "card_9" }),
      known,
      ["payment-not-in-profile"],
    ],
    ["a change that leads elsewhere", change({ flights: later.slice(0, 1) }), known, ["other-route"]],
    [
      "a cabin dearer than the card",
      change({ cabin: "business", payment_id: "gift_1" }),
      [
        ...known,
        [
          "search_direct_flight",
          { date: "2031-03-25" },
          [
            {
              flight_number: "X2",
              origin: "BBB",
              destination: "AAA",
              available_seats: { business: 2 },
              prices: { business: 300 },
            },
          ],
        ],
      ],
      ["too-little-on-card"],
    ],
    [
      "other flights in basic economy",
      change(),
      [...looked({ cabin: "basic_economy" }), search],
      ["basic-economy-flights-stay"],
    ],
    [
      "another cabin after departure",
      change({ cabin: "business", flights: same }),
      looked({ flights: [{ ...flights[0], date: "2031-03-01" }, flights[1]] as Json }),
      ["cabin-after-departure"],
    ],
    ["a bag more", bags(2, 1), known, []],
    ["a bag more for nothing", bags(2, 0), known, ["added-bags-charged-wrongly"]],
    ["a bag less", bags(0, 0), known, ["bags-removed"]],
    ["no bag more", bags(1, 0), known, ["no-bags-added"]],
    [
      "one passenger more",
      [
        "update_reservation_passengers",
        {
          reservation_id: "R1",
          passengers: [
            { first_name: "Kim", last_name: "Lee" },
            { first_name: "Kim", last_name: "Lee" },
          ],
        },
      ],
      known,
      ["number-of-passengers"],
    ],
    [
      "a passenger of nobody's naming",
      [
        "update_reservation_passengers",
        { reservation_id: "R1", passengers: [{ first_name: "Bo", last_name: "Lee" }] },
      ],
      known,
      ["passengers-made-up"],
    ],
    ["a cancellation without a ground", cancel, known, ["no-ground-to-cancel"]],
    ["a cancellation of a business flight", cancel, looked({ cabin: "business" }), []],
    ["a cancellation within a day", cancel, looked({ created_at: "2031-03-09T12:00:00" }), []],
    [
      "a cancellation of what the airline cancelled",
      cancel,
      [...looked(), ["get_flight_status", { flight_number: "X2", date: "2031-03-25" }, "cancelled"]],
      [],
    ],
    [
      "an insured cancellation for no such reason",
      cancel,
      looked({ insurance: "yes" }),
      ["insured-for-what"],
    ],
    [
      "a cancellation of what was flown",
      cancel,
      looked({ cabin: "business", flights: [{ ...flights[0], date: "2031-03-01" }] as Json }),
      ["flown-in-part"],
    ],
    [
      "a second cancellation",
      cancel,
      [
        ...looked({ cabin: "business" }),
        [
          "cancel_reservation",
          { reservation_id: "R1" },
          { ...booked, cabin: "business", status: "cancelled" },
        ],
      ],
      ["cancelled-already"],
    ],
    ["a booking", book(), known, []],
    [
      "a booking paid in part",
      book({ payment_methods: [{ payment_id: "card_1", amount: 80 }] }),
      known,
      ["paid-wrongly"],
    ],
    [
      "a booking by two certificates",
      book({
        payment_methods: [
          { payment_id: "paper_1", amount: 45 },
          { payment_id: "paper_2", amount: 45 },
        ],
      }),
      known,
      ["too-many-certificates"],
    ],
    [
      "a booking by an empty card",
      book({ payment_methods: [{ payment_id: "gift_1", amount: 200 }] }),
      known,
      ["more-than-is-on-it", "paid-wrongly"],
    ],
    [
      "a booking on a full plane",
      book({ cabin: "basic_economy", payment_methods: [{ payment_id: "card_1", amount: 50 }] }),
      known,
      ["not-enough-seats"],
    ],
    ["a bag that nobody wanted", book({ total_baggages: 1 }), known, ["bags-not-spoken-of"]],
    [
      "a gift that nobody asked for",
      certificate(50),
      looked({ insurance: "yes" }),
      ["certificate-not-asked-for", "nothing-went-wrong", "certificate-does-not-follow"],
    ],
    ["a gift to who is not entitled", certificate(50), [...known, delayed], ["not-entitled"]],
    [
      "a gift of an odd amount",
      certificate(70),
      [...looked({ insurance: "yes" }), delayed],
      ["odd-certificate"],
    ],
  ])("of %s says what is to be said", (_, call, results, expected) => {
    expect(objections("airline", call, { results })).toEqual(expected);
  });

  it("hears whether the customer said who they are, what happened, and yes", () => {
    expect(objections("airline", bags(2, 1), { results: known, words: ["Yes."] })).toEqual([
      "user-id-not-given",
    ]);
    expect(objections("airline", bags(2, 1), { results: known, words: ["kim_1", "How much?"] })).toEqual([
      "no-yes",
    ]);
    const ill = ["I am kim_1 and I am ill.", "Yes."];
    expect(objections("airline", cancel, { results: looked({ insurance: "yes" }), words: ill })).toEqual([]);
    const asked = ["I am kim_1 and want a voucher."];
    const entitled = [...looked({ insurance: "yes" }), delayed];
    expect(objections("airline", certificate(50), { results: entitled, words: asked })).toEqual([
      "certificate-does-not-follow",
    ]);
    const cancelled: Result = [
      "cancel_reservation",
      { reservation_id: "R1" },
      { ...booked, insurance: "yes" },
    ];
    expect(
      objections("airline", certificate(50), { results: [...entitled, cancelled], words: asked }),
    ).toEqual([]);
    // A hundred is for a flight that the airline cancelled, changed or not.
    const grounded: Result = ["get_flight_status", { flight_number: "X1", date: "2031-03-20" }, "cancelled"];
    const stranded = [...looked({ insurance: "yes" }), grounded];
    expect(objections("airline", certificate(100), { results: stranded, words: asked })).toEqual([]);
    expect(objections("airline", certificate(50), { results: stranded, words: asked })).toEqual([
      "certificate-does-not-follow",
    ]);
  });

  it("books no flight that has taken off, is over, or is no longer sold, and lets one be kept that was booked", () => {
    const statusIs = (flight_number: string, date: string, status: string): Result => [
      "get_flight_status",
      { flight_number, date },
      status,
    ];
    const withStatus = (status: string) => [...known, statusIs("X3", "2031-03-21", status)];
    expect(objections("airline", book(), { results: withStatus("available") })).toEqual([]);
    for (const status of ["on time", "delayed", "flying", "landed", "cancelled"])
      expect(objections("airline", book(), { results: withStatus(status) })).toEqual(["not-bookable"]);
    expect(objections("airline", change(), { results: withStatus("flying") })).toEqual(["not-bookable"]);
    const kept = [...known, statusIs("X2", "2031-03-25", "delayed")];
    expect(objections("airline", change(), { results: kept })).toEqual([]);
    const yesterday = [{ flight_number: "X3", date: "2031-03-09" }];
    expect(objections("airline", book({ flights: yesterday }), { results: known })).toContain("not-bookable");
  });

  it("hears how many bags the customer spoke of, by passenger or in all", () => {
    const heard = (words: string[], call = bags(2, 1)) =>
      objections("airline", call, { results: known, words: ["I am kim_1.", ...words, "Yes."] });
    expect(heard(["One more bag, please."])).toEqual([]);
    expect(heard(["I want to add a suitcase."])).toEqual([]);
    expect(heard(["Please add one bag more to what I have booked."])).toEqual([]);
    expect(heard(["I will have 2 bags then."])).toEqual([]);
    expect(heard(["Three bags in all."])).toEqual(["bags-not-counted"]);
    expect(heard(["Three bags in all."], bags(3, 2))).toEqual([]);
    const two = [
      { first_name: "Kim", last_name: "Lee", dob: "1990-01-01" },
      { first_name: "Kim", last_name: "Lee", dob: "1990-01-01" },
    ];
    const paid = [{ payment_id: "card_1", amount: 800 }];
    const each = book({ cabin: "business", passengers: two, total_baggages: 2, payment_methods: paid });
    expect(heard(["One bag each."], each)).toEqual([]);
    expect(heard(["Four bags."], each)).toEqual(["bags-not-counted"]);
    expect(heard(["And how many bags may I add?", "Just one."])).toEqual([]);
    const elsewhere = ["I have one more question about these flights first.", "Then three bags in all."];
    expect(heard(elsewhere)).toEqual(["bags-not-counted"]);
  });

  it("makes more of what the terms forbid than of what the tool refuses by itself", () => {
    const graveness = (call: [string, JsonObject]) => gravity("airline", call, { results: known });
    expect(graveness(change({ flights: later.slice(0, 1) }))).toBe("critical");
    const full = { cabin: "basic_economy", payment_methods: [{ payment_id: "card_1", amount: 50 }] };
    expect(graveness(book(full))).toBe("low");
    expect(graveness(book({ payment_methods: [{ payment_id: "card_1", amount: 1 }] }))).toBe("low");
    expect(graveness(book({ payment_methods: [{ payment_id: "card_9", amount: 90 }] }))).toBe("low");
  });

  it("sells no flight that leaves before the one that leads to it has landed", () => {
    const over = (flight_number: string, leaves: string, lands: string): JsonObject => ({
      flight_number,
      origin: flight_number === "X3" ? "AAA" : "CCC",
      destination: flight_number === "X3" ? "CCC" : "BBB",
      date: "2031-03-21",
      scheduled_departure_time_est: leaves,
      scheduled_arrival_time_est: lands,
      available_seats: { economy: 9 },
      prices: { economy: 45 },
    });
    const onTheWay = (lands: string, leaves: string, day = "2031-03-21"): string[] =>
      objections("airline", book({ flights: legs("X3 2031-03-21", `X4 ${day}`) }), {
        results: [
          ...looked(),
          ["search_onestop_flight", {}, [[over("X3", "10:00:00", lands), over("X4", leaves, "15:00:00")]]],
          ["search_onestop_flight", {}, [[{ ...over("X4", leaves, "15:00:00"), date: "2031-03-22" }]]],
        ],
      });
    expect(onTheWay("12:00:00", "13:00:00")).toEqual([]);
    expect(onTheWay("14:00:00", "13:00:00")).toEqual(["misses-connection"]);
    expect(onTheWay("01:00:00+1", "13:00:00")).toEqual(["misses-connection"]);
    expect(onTheWay("01:00:00+1", "13:00:00", "2031-03-22")).toEqual([]);
    expect(onTheWay("", "13:00:00")).toEqual([]);
    expect(onTheWay("", "13:00:00", "2031-03-20")).toContain("misses-connection");
    const backFirst = change({ flights: legs("X3 2031-03-21", "X2 2031-03-20") });
    expect(objections("airline", backFirst, { results: known })).toContain("misses-connection");
  });

  it("gives each certificate once", () => {
    const asked = ["I am kim_1 and want a voucher."];
    const grounded: Result = ["get_flight_status", { flight_number: "X1", date: "2031-03-20" }, "cancelled"];
    const stranded = [...looked({ insurance: "yes" }), grounded];
    const given: Result = ["send_certificate", { user_id: "kim_1", amount: 100 }, "Sent."];
    const toAnother: Result = ["send_certificate", { user_id: "bo_2", amount: 100 }, "Sent."];
    const again = (...sent: Result[]) =>
      objections("airline", certificate(100), { results: [...stranded, ...sent], words: asked });
    expect(again()).toEqual([]);
    expect(again(toAnother)).toEqual([]);
    expect(again(given)).toEqual(["certificate-does-not-follow"]);
  });

  it("reads what is whole in an answer that was cut short", () => {
    const [, of, offers] = search;
    const cut: Result = [
      search[0],
      of,
      `${JSON.stringify(offers).slice(0, -1)}, {"flight_number": "X4", "ori`,
    ];
    const results = [...looked(), cut];
    const full = book({ cabin: "basic_economy", payment_methods: [{ payment_id: "card_1", amount: 50 }] });
    expect(objections("airline", full, { results })).toEqual(["not-enough-seats"]);
    expect(objections("airline", book(), { results })).toEqual([]);
  });

  it("asks for a day of birth that somebody has given", () => {
    const results = known;
    const passengers = [{ first_name: "Kim", last_name: "Lee", dob: "1971-02-03" }];
    expect(objections("airline", book({ passengers }), { results })).toEqual(["passengers-made-up"]);
    const words = ["I am kim_1, born on 3 February 1971.", "Yes."];
    expect(objections("airline", book({ passengers }), { results, words })).toEqual([]);
  });
});

describe("the shop's policy", () => {
  const order = (more: JsonObject = {}): Result => [
    "get_order_details",
    { order_id: "#1" },
    {
      order_id: "#1",
      user_id: "kim_1",
      status: "pending",
      items: [{ item_id: "a1", product_id: "a", price: 20 }],
      payment_history: [{ payment_method_id: "card_1", amount: 20 }],
      ...more,
    },
  ];
  const found: Result = ["find_user_id_by_email", { email: "kim@example.com" }, "kim_1"];
  const user: Result = [
    "get_user_details",
    { user_id: "kim_1" },
    {
      payment_methods: {
        card_1: { source: "credit_card" },
        card_2: { source: "credit_card" },
        gift_card_1: { source: "gift_card", balance: 5 },
      },
    },
  ];
  const product: Result = [
    "get_product_details",
    { product_id: "a" },
    {
      product_id: "a",
      variants: {
        a2: { item_id: "a2", available: true, price: 30 },
        a3: { item_id: "a3", available: false, price: 20 },
      },
    },
  ];
  const other: Result = [
    "get_product_details",
    { product_id: "b" },
    { product_id: "b", variants: { b1: { item_id: "b1", available: true, price: 20 } } },
  ];
  const cancel = (reason: string): [string, JsonObject] => [
    "cancel_pending_order",
    { order_id: "#1", reason },
  ];
  const swap = (items: string[], news: string[], payment = "card_1"): [string, JsonObject] => [
    "modify_pending_order_items",
    { order_id: "#1", item_ids: items, new_item_ids: news, payment_method_id: payment },
  ];
  const back = (payment: string, items = ["a1"]): [string, JsonObject] => [
    "return_delivered_order_items",
    { order_id: "#1", item_ids: items, payment_method_id: payment },
  ];
  const pay = (payment: string): [string, JsonObject] => [
    "modify_pending_order_payment",
    { order_id: "#1", payment_method_id: payment },
  ];
  const known = [found, user, order(), product, other];
  const delivered = [found, user, order({ status: "delivered" }), product];

  it.each<[string, [string, JsonObject], Result[], string[]]>([
    ["an agent that looks", ["get_order_details", { order_id: "#1" }], [], []],
    ["a cancellation", cancel("no longer needed"), known, []],
    ["a cancellation that nobody looked at", cancel("no longer needed"), [found], ["order-not-seen"]],
    ["a stranger's cancellation", cancel("no longer needed"), [user, order()], ["order-of-somebody-else"]],
    ["a cancellation for another reason", cancel("too expensive"), known, ["reason-not-accepted"]],
    ["a mistake of nobody's", cancel("ordered by mistake"), known, ["reason-not-given"]],
    ["a cancellation of what is delivered", cancel("no longer needed"), delivered, ["not-pending"]],
    ["an exchange for what is there", swap(["a1"], ["a2"]), known, []],
    ["an exchange for what is sold out", swap(["a1"], ["a3"]), known, ["items-do-not-fit"]],
    ["an exchange for another product", swap(["a1"], ["b1"]), known, ["items-do-not-fit"]],
    ["an exchange for what nobody found", swap(["a1"], ["a9"]), known, ["items-do-not-fit"]],
    ["an exchange of what was not ordered", swap(["a7"], ["a2"]), known, ["items-not-in-order"]],
    ["an exchange of one for two", swap(["a1"], ["a2", "a2"]), known, ["items-do-not-pair"]],
    [
      "an exchange for itself",
      swap(["a1"], ["a1"]),
      [
        ...known,
        [
          "get_product_details",
          { product_id: "a" },
          { product_id: "a", variants: { a1: { item_id: "a1", available: true, price: 20 } } },
        ],
      ],
      ["item-for-itself"],
    ],
    [
      "an exchange dearer than the card",
      swap(["a1"], ["a2"], "gift_card_1"),
      known,
      ["too-little-for-difference"],
    ],
    [
      "a second exchange",
      swap(["a1"], ["a2"]),
      [...known, order({ status: "pending (item modified)" })],
      ["not-pending"],
    ],
    ["a return to where it was paid from", back("card_1"), delivered, []],
    ["a return to a gift card", back("gift_card_1"), delivered, []],
    ["a return to another card", back("card_2"), delivered, ["refund-elsewhere"]],
    ["a return of what is not delivered", back("card_1"), known, ["not-delivered"]],
    ["a return to a stranger's card", back("gift_card_9"), delivered, ["payment-not-in-profile"]],
    ["another payment", pay("card_2"), known, []],
    ["the same payment", pay("card_1"), known, ["same-payment"]],
    ["payment by an empty card", pay("gift_card_1"), known, ["too-little-on-gift-card"]],
    [
      "a profile of somebody else",
      ["modify_user_address", { user_id: "bo_2" }],
      known,
      ["address-of-somebody-else"],
    ],
    [
      "a second customer in one conversation",
      ["modify_user_address", { user_id: "bo_2" }],
      [...known, ["find_user_id_by_email", { email: "bo@example.com" }, "bo_2"]],
      ["another-customer"],
    ],
    [
      "an address of nobody's giving",
      ["modify_user_address", { user_id: "kim_1", address1: "7 Elm Road", zip: "12345" }],
      known,
      ["address-made-up"],
    ],
  ])("of %s says what is to be said", (_, call, results, expected) => {
    expect(objections("retail", call, { results })).toEqual(expected);
  });

  it("hears which items the customer spoke of, or that all are meant", () => {
    const items = [
      { item_id: "a1", product_id: "a", price: 20, name: "Desk Lamp" },
      { item_id: "c1", product_id: "c", price: 20, name: "Running Shoes" },
    ];
    const results = [found, user, order({ status: "delivered", items })];
    const heard = (...words: string[]) =>
      objections("retail", back("card_1", ["a1", "c1"]), { results, words: [...words, "Yes."] });
    expect(heard("I return the lamp and the shoe.")).toEqual([]);
    expect(heard("I return the lamp.")).toEqual(["items-not-spoken-of"]);
    expect(heard("I return everything.")).toEqual([]);
    expect(heard("I return items a1 and c1.")).toEqual([]);
  });

  it("lets an address stand that the customer has written in their own way", () => {
    const address = { user_id: "kim_1", address1: "7 Elm Road", address2: "Suite 4", zip: "12345" };
    const words = ["I moved to 7, Elm Rd. (#4), 12345.", "Yes."];
    expect(objections("retail", ["modify_user_address", address], { results: known, words })).toEqual([]);
  });

  it("reads what is whole in an answer that was cut short", () => {
    const cut = (text: string): Result => ["get_product_details", { product_id: "a" }, text];
    const results = [
      found,
      user,
      order(),
      cut(`{"name": "{\\"item_id\\": \\"a3\\"}", ${JSON.stringify(product[2]).slice(1, -4)}`),
    ];
    expect(objections("retail", swap(["a1"], ["a2"], "gift_card_1"), { results })).toEqual([
      "too-little-for-difference",
    ]);
    // Of what lies beyond, nothing is known.
    expect(objections("retail", swap(["a1"], ["a3"]), { results })).toEqual([]);
  });
});

it("the table of clauses names each rule and each check, and none that there is not", () => {
  const readme = readFileSync(new URL("../examples/policies/README.md", import.meta.url), "utf8");
  const told = new Set([...readme.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, name]) => name));
  const all = Object.values(packs).flatMap(({ rules, validators }) => [
    ...rules.map(({ id }) => id),
    ...validators.map(({ name }) => name),
  ]);
  expect(told).toEqual(new Set(all));
});
