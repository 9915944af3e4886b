// Days as people write them, read without a dictionary: 2026-03-14, 14.3.2026, March 14th. Which day of two an ambiguous
// one names is not decided: it may be either.
const languages = ["en", "de", "fr", "es"];

/** January is 1. */
const months = new Map(
  languages.flatMap((language) =>
    (["long", "short"] as const).flatMap((month) => {
      const names = new Intl.DateTimeFormat(language, { month, timeZone: "UTC" });
      return Array.from({ length: 12 }, (_, index): [string, number] => [
        names
          .format(new Date(Date.UTC(2000, index, 15)))
          .toLowerCase()
          .replace(".", ""),
        index + 1,
      ]);
    }),
  ),
);

const weekdays = languages.flatMap((language) => {
  const names = new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, index) => names.format(new Date(Date.UTC(2000, 0, 2 + index))));
});
const fromToday = languages.flatMap((language) => {
  const names = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  return (["day", "week", "month"] as const).flatMap((unit) =>
    [-1, 0, 1].map((of) => names.format(of, unit)),
  );
});

const word = (words: Iterable<string>): string => [...words].join("|");
const relative = new RegExp(`(?<!\\p{L})(?:${word([...weekdays, ...fromToday])})(?!\\p{L})`, "iu");
const month = word([...months.keys()].toSorted((a, b) => b.length - a.length));
const written: readonly RegExp[] = [
  /(?<!\d)(?<year>\d{4})[-/.](?<month>\d{1,2})[-/.](?<day>\d{1,2})(?!\d)/gu,
  /(?<!\d)(?<day>\d{1,2})[-/.] ?(?<month>\d{1,2})[-/.] ?(?<year>\d{4})?(?!\d)/gu,
  /(?<!\d)(?<month>\d{1,2})[-/.](?<day>\d{1,2})(?:[-/.](?<year>\d{4}))?(?!\d)/gu,
  new RegExp(
    `(?<!\\d)(?<day>\\d{1,2})(?:st|nd|rd|th|er|\\.)?(?: of| de)? (?<month>${month})(?!\\p{L})\\.?,?(?: (?<year>\\d{4}))?`,
    "giu",
  ),
  new RegExp(
    `(?<!\\p{L})(?<month>${month})\\.? (?:the )?(?<day>\\d{1,2})(?:st|nd|rd|th)?(?!\\d)(?:,? (?<year>\\d{4}))?`,
    "giu",
  ),
];

/** As 2026-03-14, and 03-14 beside it, since who names the day need not name its year. */
export function daysIn(text: string): Set<string> {
  const found = new Set<string>();
  for (const pattern of written)
    for (const { groups = {} } of text.matchAll(pattern)) {
      const named = groups["month"]?.toLowerCase() ?? "";
      const day = `${two(months.get(named) ?? named)}-${two(groups["day"] ?? "")}`;
      found.add(day);
      if (groups["year"] !== undefined) found.add(`${groups["year"]}-${day}`);
    }
  return found;
}

/** "Tomorrow", "on Friday": which day that is cannot be told from the words. */
export function namesRelativeDay(text: string): boolean {
  return relative.test(text);
}

function two(figures: string | number): string {
  return String(figures).padStart(2, "0");
}
