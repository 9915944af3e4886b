// What airline.yaml cannot say: where flights lead, what they cost together, and which were on offer.
import { defineValidator, type Validator, type ValidatorInput } from "holdpoint";
import { z } from "zod";
import { wholeObjectsIn } from "./cut-answers.js";

const cabin = z.enum(["basic_economy", "economy", "business"]);
const leg = z.object({ flight_number: z.string(), date: z.string() });
const change = z.object({
  reservation_id: z.string(),
  cabin,
  flights: z.array(leg),
  payment_id: z.string(),
});
const booking = z.object({
  origin: z.string(),
  destination: z.string(),
  flight_type: z.enum(["one_way", "round_trip"]),
  cabin,
  flights: z.array(leg),
  passengers: z.array(
    z.object({ first_name: z.string(), last_name: z.string(), dob: z.string().optional() }),
  ),
  payment_methods: z.array(z.object({ payment_id: z.string(), amount: z.number() })),
  nonfree_baggages: z.number(),
  insurance: z.string(),
});
const flown = leg.extend({ price: z.number(), origin: z.string(), destination: z.string() });
const reservation = z.object({
  insurance: z.string().optional(),
  user_id: z.string(),
  origin: z.string(),
  destination: z.string(),
  flight_type: z.enum(["one_way", "round_trip"]),
  cabin,
  flights: z.array(flown),
  passengers: z.array(z.unknown()),
  total_baggages: z.number().optional(),
});
const offered = z.object({
  flight_number: z.string(),
  origin: z.string(),
  destination: z.string(),
  // Of a direct flight it stands in the question.
  date: z.string().nullish(),
  scheduled_departure_time_est: z.string().optional(),
  scheduled_arrival_time_est: z.string().optional(),
  available_seats: z.partialRecord(cabin, z.number()),
  prices: z.partialRecord(cabin, z.number()),
});
const offers = z.union([z.array(offered), z.array(z.array(offered)).transform((pairs) => pairs.flat())]);
const profile = z.object({
  membership: z.string().optional(),
  payment_methods: z.record(z.string(), z.object({ source: z.string(), amount: z.number().optional() })),
});

type Facts = ValidatorInput["facts"];
type Offer = z.output<typeof offered> & { date: string };
type Leg = z.output<typeof leg>;
type Reservation = z.output<typeof reservation>;

const searches = ["search_direct_flight", "search_onestop_flight"];
const reservations = [
  "get_reservation_details",
  "update_reservation_flights",
  "update_reservation_baggages",
  "update_reservation_passengers",
];

/** A flight that was looked for and is on offer, or that the reservation has. */
const flightsNotSeen = defineValidator({
  name: "flights-not-seen",
  tools: ["book_reservation", "update_reservation_flights"],
  reads: [...searches, ...reservations],
  check({ call, facts }) {
    const { flights } = z.object({ flights: z.array(leg) }).parse(call.args);
    const own = reservationIn(facts, call.args["reservation_id"])?.flights ?? [];
    const unseen = flights.filter(
      (flight) => !own.some((one) => isSame(one, flight)) && !wasFound(facts, flight),
    );
    if (unseen.length === 0) return null;
    const names = unseen.map(({ flight_number, date }) => `${flight_number} on ${date}`).join(", ");
    return { verdict: "hold", level: "high", reason: `The agent has found no such flight: ${names}.` };
  },
});

/** What has taken off, or is delayed or on time, is booked no more; a flight that the reservation has may be kept. */
const notBookable = defineValidator({
  name: "not-bookable",
  tools: ["book_reservation", "update_reservation_flights"],
  reads: [...reservations, "get_flight_status"],
  check({ call, facts, now }) {
    const { flights } = z.object({ flights: z.array(leg) }).parse(call.args);
    const own = reservationIn(facts, call.args["reservation_id"])?.flights ?? [];
    const closed = flights.filter(
      (flight) =>
        !own.some((one) => isSame(one, flight)) &&
        ((statusOf(facts, flight) ?? "available") !== "available" || isPast(flight, now)),
    );
    if (closed.length === 0) return null;
    const names = closed.map(({ flight_number, date }) => `${flight_number} on ${date}`).join(", ");
    return { verdict: "deny", level: "high", reason: `It can no longer be booked: ${names}.` };
  },
});

/** Neither origin nor destination nor the kind of trip may change; and what is booked leads where it says. */
const otherRoute = defineValidator({
  name: "other-route",
  tools: ["book_reservation", "update_reservation_flights"],
  reads: [...searches, ...reservations],
  check({ call, facts }) {
    const own = reservationIn(facts, call.args["reservation_id"]);
    const trip = own ?? booking.safeParse(call.args).data;
    if (!trip) return null;
    const { flights } = z.object({ flights: z.array(leg) }).parse(call.args);
    const legs = flights.flatMap((flight) => routeOf(facts, own, flight) ?? []);
    // Flights that nobody found are another validator's matter.
    if (legs.length !== flights.length || legs.length === 0) return null;
    const isJoined = legs.every(
      ({ origin }, index) => index === 0 || legs[index - 1]?.destination === origin,
    );
    const end = trip.flight_type === "round_trip" ? trip.origin : trip.destination;
    const leadsThere =
      isJoined &&
      legs[0]?.origin === trip.origin &&
      legs.at(-1)?.destination === end &&
      legs.some(({ destination }) => destination === trip.destination);
    return leadsThere
      ? null
      : {
          verdict: "deny",
          level: "critical",
          reason: `These flights are not a ${trip.flight_type.replace("_", " ")} from ${trip.origin} to ${trip.destination}.`,
        };
  },
});

/** Nobody takes off before they have landed. A flight's times are the same every day. */
const missesConnection = defineValidator({
  name: "misses-connection",
  tools: ["book_reservation", "update_reservation_flights"],
  reads: searches,
  check({ call, facts }) {
    const { flights } = z.object({ flights: z.array(leg) }).parse(call.args);
    const timed = flights.map((flight) => ({ ...flight, ...timesOf(facts, flight) }));
    const missed = timed.find(({ date, leaves }, index) => {
      const before = timed[index - 1];
      return before !== undefined && (date < before.date || leaves < before.lands);
    });
    return missed === undefined
      ? null
      : {
          verdict: "deny",
          level: "critical",
          reason: `${missed.flight_number} on ${missed.date} leaves before the flight that leads to it has landed.`,
        };
  },
});

const notEnoughSeats = defineValidator({
  name: "not-enough-seats",
  tools: ["book_reservation", "update_reservation_flights"],
  reads: [...searches, ...reservations],
  check({ call, facts }) {
    const { flights, cabin: wanted } = z.object({ flights: z.array(leg), cabin }).parse(call.args);
    const own = reservationIn(facts, call.args["reservation_id"]);
    const people = own?.passengers.length ?? booking.safeParse(call.args).data?.passengers.length ?? 0;
    const full = flights.filter((flight) => {
      const isKept = own?.cabin === wanted && own.flights.some((one) => isSame(one, flight));
      const offer = offerOf(facts, flight);
      return !isKept && offer && (offer.available_seats[wanted] ?? 0) < people;
    });
    return full.length === 0
      ? null
      : {
          verdict: "deny",
          level: "low",
          reason: `Too few seats are left on ${full.map(({ flight_number }) => flight_number).join(", ")}.`,
        };
  },
});

/** What is paid is the price of all seats, extra bags and insurance. */
const paidWrongly = defineValidator({
  name: "paid-wrongly",
  tools: ["book_reservation"],
  reads: searches,
  check({ call, facts }) {
    const wanted = booking.parse(call.args);
    const prices = wanted.flights.flatMap((flight) => offerOf(facts, flight)?.prices[wanted.cabin] ?? []);
    if (prices.length !== wanted.flights.length) return null;
    const people = wanted.passengers.length;
    const due =
      people * sum(prices) +
      bagPrice * wanted.nonfree_baggages +
      (wanted.insurance === "yes" ? people * insurancePrice : 0);
    const paid = sum(wanted.payment_methods.map(({ amount }) => amount));
    return paid === due
      ? null
      : { verdict: "deny", level: "low", reason: `This costs ${due}, and ${paid} would be paid.` };
  },
});

const bagPrice = 50;
const insurancePrice = 30;

const tooLittleOnCard = defineValidator({
  name: "too-little-on-card",
  tools: ["update_reservation_flights"],
  reads: [...searches, ...reservations, "get_user_details"],
  check({ call, facts }) {
    const wanted = change.parse(call.args);
    const own = reservationIn(facts, wanted.reservation_id);
    const user = own && profile.safeParse(facts.newest("get_user_details", { user_id: own.user_id })).data;
    const left = user?.payment_methods[wanted.payment_id]?.amount;
    if (!own || left === undefined) return null;
    const prices = wanted.flights.flatMap((flight) => {
      const kept = own.cabin === wanted.cabin ? own.flights.find((one) => isSame(one, flight)) : undefined;
      return kept?.price ?? offerOf(facts, flight)?.prices[wanted.cabin] ?? [];
    });
    if (prices.length !== wanted.flights.length) return null;
    const more = own.passengers.length * (sum(prices) - sum(own.flights.map(({ price }) => price)));
    return more <= left
      ? null
      : {
          verdict: "deny",
          level: "low",
          reason: `The change costs ${more} more, and the gift card has ${left} on it.`,
        };
  },
});

const passengersMadeUp = defineValidator({
  name: "passengers-made-up",
  tools: ["book_reservation", "update_reservation_passengers"],
  reads: ["get_user_details", ...reservations],
  check({ call, facts, words }) {
    const { passengers } = booking.pick({ passengers: true }).parse(call.args);
    const known = [
      ...(words ?? []),
      ...facts.all("get_user_details", ...reservations).map(({ text }) => text),
    ]
      .join("\n")
      .toLowerCase();
    const isKnown = (name: string): boolean => known.includes(name.toLowerCase());
    // Days of birth are written in many ways; all of them have the year.
    const madeUp = passengers.filter(
      (one) =>
        !isKnown(one.first_name) || !isKnown(one.last_name) || !isKnown(one.dob?.match(/\d{4}/)?.[0] ?? ""),
    );
    return madeUp.length === 0
      ? null
      : {
          verdict: "hold",
          level: "high",
          reason: `Nobody has given name and day of birth of ${madeUp.map((one) => `${one.first_name} ${one.last_name}`).join(", ")}.`,
        };
  },
});

/** Nobody gets bags that they have not asked for: their number is one that the customer has said, by passenger or in all. */
const bagsNotCounted = defineValidator({
  name: "bags-not-counted",
  tools: ["book_reservation", "update_reservation_baggages"],
  reads: reservations,
  check({ call, facts, words }) {
    const { total_baggages: total, passengers } = z
      .object({ total_baggages: z.number(), passengers: z.array(z.unknown()).optional() })
      .parse(call.args);
    const own = reservationIn(facts, call.args["reservation_id"]);
    const people = (passengers ?? own?.passengers ?? []).length;
    const before = own?.total_baggages ?? 0;
    // Where bags were not spoken of at all, a rule says so.
    if (total === before || !words?.some(namesBags)) return null;
    const said = new Set(words.filter(isOfBags).flatMap(numbersIn));
    const meant = [total, total - before, total / people, (total - before) / people];
    return meant.some((number) => said.has(number))
      ? null
      : { verdict: "hold", reason: `The customer has not spoken of ${total - before} bags.` };
  },
});

/**
 * 100 for each passenger where a flight was cancelled; 50 where one was delayed, once the reservation was changed or
 * cancelled for it; to silver and gold members, who is insured, and who flies business. Each is given once.
 */
const certificateDoesNotFollow = defineValidator({
  name: "certificate-does-not-follow",
  tools: ["send_certificate"],
  reads: [...reservations, "cancel_reservation", "get_flight_status", "get_user_details", "send_certificate"],
  check({ call, facts }) {
    const { user_id, amount } = z.object({ user_id: z.string(), amount: z.number() }).parse(call.args);
    const membership = profile.safeParse(facts.newest("get_user_details", { user_id })).data?.membership;
    const isMember = membership === "silver" || membership === "gold";
    const owed = facts.all("get_reservation_details").flatMap(({ args, value }): number[] => {
      const own = reservation.safeParse(value).data;
      if (own?.user_id !== user_id) return [];
      if (!isMember && own.insurance !== "yes" && own.cabin !== "business") return [];
      const statuses = own.flights.map((flight) => statusOf(facts, flight));
      const wasChanged = facts
        .all("cancel_reservation", "update_reservation_flights")
        .some((one) => one.args["reservation_id"] === args["reservation_id"]);
      return [
        ...(statuses.includes("cancelled") ? [100 * own.passengers.length] : []),
        ...(statuses.includes("delayed") && wasChanged ? [50 * own.passengers.length] : []),
      ];
    });
    // What was given is not owed any more.
    for (const given of facts.all("send_certificate")) {
      const at = given.args["user_id"] === user_id ? owed.indexOf(Number(given.args["amount"])) : -1;
      if (at >= 0) owed.splice(at, 1);
    }
    return owed.includes(amount)
      ? null
      : {
          verdict: "hold",
          level: "high",
          reason: `Nothing that the agent has looked at asks for a certificate of ${amount}.`,
        };
  },
});

export const airlineValidators: readonly Validator[] = [
  flightsNotSeen,
  notBookable,
  otherRoute,
  missesConnection,
  notEnoughSeats,
  paidWrongly,
  tooLittleOnCard,
  passengersMadeUp,
  bagsNotCounted,
  certificateDoesNotFollow,
];

/** As it stands after the last change in this conversation. */
function reservationIn(facts: Facts, id: unknown): Reservation | undefined {
  if (typeof id !== "string") return undefined;
  const newest = facts
    .all(...reservations)
    .findLast(({ args, value }) => args["reservation_id"] === id && value);
  return reservation.safeParse(newest?.value).data;
}

function offerOf(facts: Facts, flight: Leg): Offer | undefined {
  return facts
    .all(...searches)
    .flatMap(({ args, value, text }) => offersIn(value, text).map((one) => dated(one, args["date"])))
    .findLast((one) => isSame(one, flight));
}

function offersIn(value: unknown, text: string): z.output<typeof offered>[] {
  if (value !== undefined) return offers.safeParse(value).data ?? [];
  return wholeObjectsIn(text).flatMap((one) => offered.safeParse(one).data ?? []);
}

function dated(one: z.output<typeof offered>, asked: unknown): Offer {
  return { ...one, date: one.date ?? (typeof asked === "string" ? asked : "") };
}

/** Also in an answer that is too long to be read whole. */
function wasFound(facts: Facts, flight: Leg): boolean {
  const isIn = (text: string): boolean => text.includes(flight.flight_number);
  return (
    offerOf(facts, flight) !== undefined ||
    facts.all(...searches).some(({ value, text }) => value === undefined && isIn(text))
  );
}

function routeOf(facts: Facts, own: Reservation | undefined, flight: Leg) {
  return (
    own?.flights.find(({ flight_number }) => flight_number === flight.flight_number) ?? offerOf(facts, flight)
  );
}

/** As it was answered last. */
function statusOf(facts: Facts, { flight_number, date }: Leg): string | undefined {
  return facts
    .all("get_flight_status")
    .findLast(({ args }) => args["flight_number"] === flight_number && args["date"] === date)?.text;
}

/** Its day is over where the airline is. */
function isPast({ date }: Leg, now: Date | null): boolean {
  return now !== null && new Date(`${date}T23:59:59-05:00`) < now;
}

/** Milliseconds; where a time is not known, NaN, which is neither before nor after any other. */
function timesOf(facts: Facts, { flight_number, date }: Leg): { leaves: number; lands: number } {
  const found = facts
    .all(...searches)
    .flatMap(({ value, text }) => offersIn(value, text))
    .findLast((one) => one.flight_number === flight_number);
  return {
    leaves: momentOf(date, found?.scheduled_departure_time_est),
    lands: momentOf(date, found?.scheduled_arrival_time_est),
  };
}

/** `01:00:00+1` is one o'clock of the day after. */
function momentOf(date: string, time = ""): number {
  const [clock = "", daysLater = "0"] = time.split("+");
  return Date.parse(`${date}T${clock}-05:00`) + Number(daysLater) * 24 * 60 * 60 * 1000;
}

function namesBags(text: string): boolean {
  return /\b(bag|luggage|suitcase)/i.test(text);
}

/** Spoken of bags, or so short that it may be the answer to how many. */
function isOfBags(text: string): boolean {
  return namesBags(text) || text.trim().split(/\s+/).length <= 6;
}

const numberWords = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** In digits or in words, and not inside of an id; an article is a one. */
function numbersIn(text: string): number[] {
  const words = text.toLowerCase().match(/\b(?:[a-z]+|\d+)\b/g) ?? [];
  return words.flatMap((word) => {
    if (/\d/.test(word)) return [Number(word)];
    if (word === "a" || word === "an" || word === "another") return [1];
    const at = numberWords.indexOf(word);
    return at < 0 ? [] : [at];
  });
}

function isSame(a: Leg, b: Leg): boolean {
  return a.flight_number === b.flight_number && a.date === b.date;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
