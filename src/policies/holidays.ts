// Public holidays by country, from a library that takes a while to load: only where a calendar names a country.
import { createRequire } from "node:module";
import type Holidays from "date-holidays";

export interface HolidaysOf {
  readonly country: string;
  readonly state: string | null;
  readonly region: string | null;
}

/** Days on which offices are closed; of a holiday that begins in the afternoon, none. */
export function isHoliday(of: HolidaysOf, date: string): boolean {
  return holidaysIn(of, Number(date.slice(0, 4))).has(date);
}

/** What of it is not known, and what would be; null where all is. */
export function unknownIn({
  country,
  state,
  region,
}: HolidaysOf): { of: keyof HolidaysOf; message: string } | null {
  const all = new (library())();
  if (!(country in all.getCountries()))
    return {
      of: "country",
      message: `No holidays are known of "${country}". A country is two capital letters, such as DE.`,
    };
  if (state === null)
    return region === null ? null : { of: "region", message: "A region lies in a state: name that, too." };
  const states = namesOf(all.getStates(country));
  if (!states.includes(state))
    return { of: "state", message: `There is no state "${state}" in ${country}. ${knownAre(states)}` };
  const regions = namesOf(all.getRegions(country, state));
  if (region !== null && !regions.includes(region))
    return {
      of: "region",
      message: `There is no region "${region}" in ${country} ${state}. ${knownAre(regions)}`,
    };
  return null;
}

function namesOf(named: object | undefined): string[] {
  return Object.keys(named ?? {});
}

function knownAre(names: readonly string[]): string {
  return names.length === 0 ? "None is known there." : `Known are ${names.join(", ")}.`;
}

const dayMs = 86_400_000;
/** The same days whoever asks: the library takes milliseconds for a year. */
const years = new Map<string, ReadonlySet<string>>();

function holidaysIn({ country, state, region }: HolidaysOf, year: number): ReadonlySet<string> {
  const key = JSON.stringify([country, state, region, year]);
  const known = years.get(key);
  if (known) return known;
  const found = new (library())(country, state ?? "", region ?? "")
    .getHolidays(year)
    .filter(({ type, date }) => (type === "public" || type === "bank") && date.slice(11, 19) === "00:00:00")
    .flatMap(({ date, start, end }) => datesFrom(date, (end.getTime() - start.getTime()) / dayMs));
  const days = new Set(found);
  years.set(key, days);
  return days;
}

/** Some last for days; one on which clocks change has 23 hours, or 25. */
function datesFrom(date: string, days: number): string[] {
  const first = Date.parse(date.slice(0, 10));
  return Array.from({ length: Math.max(1, Math.round(days)) }, (_, nth) =>
    new Date(first + nth * dayMs).toISOString().slice(0, 10),
  );
}

let loaded: typeof Holidays | undefined;

function library(): typeof Holidays {
  loaded ??= createRequire(import.meta.url)("date-holidays") as typeof Holidays;
  return loaded;
}
