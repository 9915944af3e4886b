// Answers that were cut short, as by a limit on what is sent to a model: what is whole in them is as true as it was.

/** The objects of a JSON text that ends too early, the inner before the outer. Nothing of what is no JSON at all. */
export function wholeObjectsIn(text: string): unknown[] {
  if (!/^\s*[[{]/.test(text)) return [];
  const open: number[] = [];
  const whole: unknown[] = [];
  // A text in quotes is passed over as one: braces in it are words of somebody.
  for (const { 0: found, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (found === "{") open.push(index);
    if (found !== "}") continue;
    const from = open.pop();
    if (from !== undefined) whole.push(...read(text.slice(from, index + 1)));
  }
  return whole;
}

function read(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}
