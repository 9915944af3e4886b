// Hours and holidays: when the clock of a deadline runs, and what happens where nobody is there.
import fc from "fast-check";
import { DateTime } from "luxon";
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { loadPolicy } from "../src/index.js";
import { reviewContextSchema } from "../src/http/contract.js";
import { afterHours, closingBy, opensNext, type Calendar } from "../src/policies/calendar.js";
import { diffPolicies } from "../src/policies/diff.js";
import type { Policy } from "../src/policies/policy.js";
import { rungOf } from "../src/review/rung.js";
import { testDatabase } from "./support/database.js";
import { openReviews } from "./support/fronts.js";
import { request, say, serve, type Served } from "./support/http.js";

const withCalendar = (calendar: string, tier = "respond: 1h, hours: office") =>
  loadPolicy(
    `calendars:\n  office: ${calendar}\ntiers:\n  desk: { roles: [desk], ${tier} }\n  leads: { roles: [lead] }\n`,
    "policy.yaml",
  );
const calendarIn = ({ tiers }: Policy): Calendar =>
  tiers[0]?.deadline?.hours?.calendar ?? expect.fail("no calendar");
const office = calendarIn(
  withCalendar(
    `{ zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "17:30", holidays: { country: DE, state: BY }, closed: [2026-12-24, 2026-12-31] }`,
  ),
);
const night = (zone: string, from: string, to: string) =>
  calendarIn(withCalendar(`{ zone: ${zone}, from: "${from}", to: "${to}" }`));
const hourMs = 3_600_000;
const at = (iso: string, zone = "Europe/Berlin") => DateTime.fromISO(iso, { zone }).toJSDate();
const local = (date: Date, zone = "Europe/Berlin") =>
  DateTime.fromJSDate(date, { zone }).toFormat("yyyy-MM-dd HH:mm");

describe("the hours of a calendar", () => {
  it("count alone, over nights, weekends, holidays of the state and days that are named", () => {
    expect(local(afterHours(office, at("2026-03-04T10:00"), hourMs))).toBe("2026-03-04 11:00");
    expect(local(afterHours(office, at("2026-03-04T17:00"), hourMs))).toBe("2026-03-05 09:30");
    expect(local(afterHours(office, at("2026-03-06T17:00"), hourMs))).toBe("2026-03-09 09:30");
    // Epiphany is a holiday in Bavaria.
    expect(local(afterHours(office, at("2026-01-05T17:00"), hourMs))).toBe("2026-01-07 09:30");
    expect(local(afterHours(office, at("2026-12-23T17:00"), hourMs))).toBe("2026-12-28 09:30");
    expect(local(opensNext(office, at("2026-12-30T18:00")) ?? new Date(0))).toBe("2027-01-04 09:00");
    expect(opensNext(office, at("2026-03-04T09:00"))).toBeNull();
    expect(local(opensNext(office, at("2026-03-04T17:30")) ?? new Date(0))).toBe("2026-03-05 09:00");
  });

  it("have an end, which is now where nobody is there", () => {
    const closing = (iso: string, by: string) => local(closingBy(office, at(iso), at(by)));
    expect(closing("2026-03-04T16:00", "2026-03-04T18:00")).toBe("2026-03-04 17:30");
    expect(closing("2026-03-04T16:00", "2026-03-04T17:00")).toBe("2026-03-04 17:00");
    expect(closing("2026-03-07T12:00", "2026-03-09T18:00")).toBe("2026-03-07 12:00");
    const always = night("Europe/Berlin", "00:00", "24:00");
    expect(local(closingBy(always, at("2026-03-04T16:00"), at("2026-04-04T18:00")))).toBe("2026-04-04 18:00");
  });

  it("are an hour shorter or longer in the night in which clocks change, and at least what a clock shows", () => {
    const shift = night("Europe/Berlin", "22:00", "06:00");
    expect(local(afterHours(shift, at("2026-03-28T22:00"), 7 * hourMs))).toBe("2026-03-29 06:00");
    expect(local(afterHours(shift, at("2026-10-24T22:00"), 9 * hourMs))).toBe("2026-10-25 06:00");
    // 02:30 is not shown in spring, and shown twice in autumn.
    const early = night("Europe/Berlin", "02:30", "04:00");
    expect(opensNext(early, at("2026-03-29T01:00"))?.toISOString()).toBe("2026-03-29T01:00:00.000Z");
    expect(local(afterHours(early, at("2026-03-29T01:00"), hourMs))).toBe("2026-03-29 04:00");
    expect(opensNext(early, at("2026-10-25T01:00"))?.toISOString()).toBe("2026-10-25T00:30:00.000Z");
    const gone = night("Europe/Berlin", "02:10", "02:50");
    expect(local(afterHours(gone, at("2026-03-29T01:00"), 60_000))).toBe("2026-03-30 02:11");
  });

  it("are those that a clock on the wall shows, in any zone, whatever its clocks do", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    const minutes = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        minutes,
        fc.integer({ min: 1, max: 1440 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        fc.date({ min: new Date("2005-01-01"), max: new Date("2036-01-01"), noInvalidDate: true }),
        (zone, from, to, days, moment) => {
          fc.pre(from !== to);
          const calendar: Calendar = { name: "x", zone, from, to, days, holidays: null, closed: [] };
          const isOpen = opensNext(calendar, moment) === null;
          const shows = isShownOpen(calendar, moment);
          // Between the two times that a clock shows twice a shift goes on.
          if (!isChanging(zone, moment)) expect(isOpen).toBe(shows);
          else if (shows) expect(isOpen).toBe(true);
          const opens = opensNext(calendar, moment) ?? moment;
          const ms = 10 * 60_000;
          const due = afterHours(calendar, moment, ms);
          expect(due.getTime() - opens.getTime()).toBeGreaterThanOrEqual(ms);
          expect(opensNext(calendar, new Date(due.getTime() - 1))).toBeNull();
          const closes = closingBy(calendar, opens, new Date(opens.getTime() + 400 * 24 * hourMs));
          expect(closes.getTime()).toBeGreaterThan(opens.getTime());
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** Minute by minute, by luxon's own clock. */
function isShownOpen({ zone, from, to, days }: Calendar, moment: Date): boolean {
  const shown = DateTime.fromJSDate(moment, { zone });
  const minute = shown.hour * 60 + shown.minute;
  const today = days.includes(shown.weekday);
  if (to > from) return today && minute >= from && minute < to;
  const yesterday = days.includes(shown.weekday === 1 ? 7 : shown.weekday - 1);
  return (today && minute >= from) || (yesterday && minute < to);
}

function isChanging(zone: string, moment: Date): boolean {
  const offsetAt = (ms: number) => DateTime.fromMillis(ms, { zone }).offset;
  return offsetAt(moment.getTime() - 26 * hourMs) !== offsetAt(moment.getTime() + 26 * hourMs);
}

describe("a policy's calendars", () => {
  const good = `zone: UTC, from: "09:00", to: "17:00"`;
  it.each([
    [`{ zone: Mars/Olympus, from: "09:00", to: "17:00" }`, '2:19: There is no time zone "Mars/Olympus"'],
    [`{ ${good}, holidays: { country: XX } }`, 'No holidays are known of "XX"'],
    [`{ ${good}, holidays: { country: DE, state: ZZ } }`, 'There is no state "ZZ" in DE. Known are BB, BE'],
    [`{ ${good}, days: someday }`, "Days are written as mon-fri"],
    [`{ zone: UTC, from: "9 o'clock", to: "17:00" }`, '2:31: A time of the day is written as "09:00"'],
    [`{ zone: UTC, from: "09:00", to: "09:00" }`, "opens and closes at the same time"],
    [`{ ${good}, closed: [soon] }`, "A day is written as 2026-12-24."],
    [
      `{ ${good}, lunch: "12:00" }`,
      'Unknown key "lunch". Known here: zone, days, from, to, holidays, closed.',
    ],
    [`{ ${good}, holidays: { land: DE, country: DE } }`, "Known here: country, state, region."],
    [`{ ${good}, days: [mon], closed: [${mondays(60)}] }`, "it is closed for more than a year"],
  ])("%s is refused, with where and why", (calendar, why) => {
    expect(() => withCalendar(calendar)).toThrow(why);
  });

  it.each([
    ["respond: 1h, hours: shop", '4:46: There is no calendar "shop". Defined are office.'],
    ["hours: office", "Without `respond` there is no deadline"],
    ["respond: 1h, outside: wait", "Without `hours` nothing is outside of them"],
    ["respond: 1h, hours: office, outside: never", "4:63: Write `wait`"],
  ])("a tier with %j is refused, with where and why", (tier, why) => {
    expect(() => withCalendar(`{ ${good} }`, tier)).toThrow(why);
  });

  it("ask for the time, or they would be judged by a clock that nobody has set", () => {
    const policy = withCalendar(`{ ${good} }`);
    expect(policy.reads.now).toBe(true);
    expect(() => rungOf(policy, "desk", null)).toThrow("nobody said what time it is");
  });

  it("that changes, or another in its place, is told in words once, however many tiers name it", () => {
    const [before, after] = [withCalendar(`{ ${good} }`), withCalendar(`{ ${good}, days: "mon-thu, sat" }`)];
    expect(before.version).not.toBe(after.version);
    expect(diffPolicies(before, after).map(({ text }) => text)).toEqual([
      "The calendar office changes: open was mon tue wed thu fri sat sun 09:00–17:00 UTC and is now mon tue wed thu sat 09:00–17:00 UTC.",
    ]);
    const other = loadPolicy(
      `calendars: { shop: { ${good} } }\ntiers: { desk: { roles: [desk], respond: 1h, hours: shop }, leads: { roles: [lead] } }`,
      "policy.yaml",
    );
    expect(diffPolicies(before, other).map(({ text }) => text)).toEqual([
      "The calendar office is gone; it was: open mon tue wed thu fri sat sun 09:00–17:00 UTC.",
      "The calendar shop is new: open mon tue wed thu fri sat sun 09:00–17:00 UTC.",
      "The tier desk changes: hours was office and is now shop.",
    ]);
  });
});

function mondays(count: number): string {
  const first = DateTime.fromISO("2026-01-05", { zone: "UTC" });
  return Array.from({ length: count }, (_, week) => first.plus({ weeks: week }).toISODate()).join(", ");
}

describe("a tier with hours", () => {
  let own: Served;
  afterEach(async () => {
    vi.unstubAllGlobals();
    await own.stop();
  });

  /** Hours of the day, counted from now. */
  const between = (from: number, to: number) => {
    const hour = (hours: number) => new Date(Date.now() + hours * hourMs).toISOString().slice(11, 16);
    return `{ zone: UTC, from: "${hour(from)}", to: "${hour(to)}" }`;
  };
  const later = () => between(2, 3);
  const held = async () => {
    const { thread_id: threadId } = await own.client.threads.create();
    await own.client.runs.wait(threadId, "support", say(`pay ${randomUUID()} 5`));
    const [review] = await openReviews(own, threadId);
    return { threadId, id: review?.id ?? expect.fail("Nothing waits.") };
  };
  const minutesLeft = async (id: string) => {
    const { rows } = await own.runtime.db.pool.query<{ left: number }>(
      "select extract(epoch from expires_at - now())::float8 / 60 as left from holdpoint.reviews where review_id = $1",
      [id],
    );
    return rows[0]?.left ?? NaN;
  };
  const contextOf = async (id: string) =>
    reviewContextSchema.parse((await request(`${own.url}/reviews/${id}/context`)).body);

  it("waits until somebody is there, and says since when its clock runs", async () => {
    own = await serve(await testDatabase(), {
      policy: `calendars: { office: ${later()} }\ntiers: { desk: { roles: [desk], respond: 30m, hours: office } }`,
    });
    const { id } = await held();
    const left = await minutesLeft(id);
    expect(left).toBeGreaterThan(148);
    expect(left).toBeLessThanOrEqual(150);
    const { instructions } = await contextOf(id);
    expect(instructions?.hours).toMatchObject({ zone: "UTC", outside: "wait" });
    const opensIn = Date.parse(instructions?.hours?.opensAt ?? "") - Date.now();
    expect(Math.round(opensIn / hourMs)).toBe(2);
  });

  it("counts by the database's clock, however wrong that of the process is", async () => {
    own = await serve(await testDatabase(), {
      policy: `calendars: { office: ${between(-3, 5)} }\ntiers: { desk: { roles: [desk], respond: 30m, hours: office } }`,
    });
    for (const wrongBy of [-hourMs, hourMs]) {
      vi.stubGlobal("Date", dateThatIsWrongBy(wrongBy));
      const { id } = await held();
      vi.unstubAllGlobals();
      const left = await minutesLeft(id);
      expect(left).toBeGreaterThan(28);
      expect(left).toBeLessThanOrEqual(30);
    }
  });

  it("passes on at once where nobody is there, through as many tiers as are closed", async () => {
    own = await serve(await testDatabase(), {
      policy: `
calendars: { office: ${later()} }
tiers:
  desk: { roles: [desk], respond: 30m, then: leads, hours: office, outside: then }
  leads: { roles: [lead], respond: 30m, then: chiefs, hours: office, outside: then }
  chiefs: { roles: [chief], respond: 4h }
`,
    });
    const { id } = await held();
    await expect.poll(async () => (await own.runtime.reviews.find("default", id))?.tier).toBe("chiefs");
    expect(await minutesLeft(id)).toBeCloseTo(240, 0);
    expect((await contextOf(id)).events.map(({ by: _by, at: _at, ...event }) => event)).toEqual([
      { kind: "escalated", from: "desk", to: "leads" },
      { kind: "escalated", from: "leads", to: "chiefs" },
    ]);
  });

  it("refuses, and never approves, where nobody is there on any of them", async () => {
    own = await serve(await testDatabase(), {
      policy: `
calendars: { office: ${later()} }
tiers:
  desk: { roles: [desk], respond: 30m, then: leads, hours: office, outside: then }
  leads: { roles: [lead], respond: 30m, hours: office, outside: then }
`,
    });
    const { id } = await held();
    await expect.poll(async () => (await own.runtime.reviews.find("default", id))?.status).toBe("expired");
    expect(own.effects.of("pay")).toEqual([]);
  });
});

function dateThatIsWrongBy(ms: number): DateConstructor {
  const Right = Date;
  return class extends Right {
    constructor(...args: [] | [number | string | Date]) {
      super(args.length === 0 ? Right.now() + ms : args[0]);
    }
    static override now(): number {
      return Right.now() + ms;
    }
  } as DateConstructor;
}
