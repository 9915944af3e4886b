// Names of programs as words of people.

/** `orderId` and `order_id` are "Order id". */
export function inWords(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/[_-]+/g, " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function shown(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return JSON.stringify(value, null, 2);
}

/** What an error says, without the names of the machinery around it. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const detail = /"detail":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  if (detail !== undefined) return JSON.parse(`"${detail}"`) as string;
  if (/failed to fetch|networkerror|load failed|HTTP 50[0234]/i.test(text))
    return "The desk cannot be reached.";
  return text;
}
