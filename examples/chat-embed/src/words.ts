/** What an error says, without the names of the machinery around it. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const detail = /"detail":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  if (detail !== undefined) return JSON.parse(`"${detail}"`) as string;
  if (/failed to fetch|networkerror|load failed|HTTP 50[0234]/i.test(text))
    return "The desk cannot be reached.";
  return text;
}
