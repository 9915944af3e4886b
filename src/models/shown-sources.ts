// What a model is shown of the sources where they are more than it is to read: of what people wrote and of what tools
// answered the newest, by turns, and each of them whole where it is short.
import type { Source } from "../drafting/sources.js";

/** What a source is given of the room at least, if it has so much to say. */
const least = 2_000;

/** In the order in which they are given. */
export function shownOf(sources: readonly Source[], room: number): Source[] {
  let taken = 0;
  const kept = new Set(
    byTurns(sources).filter(({ text }) => (taken += Math.min(text.length, least)) <= room),
  );
  const share = shareOf([...kept], room);
  return sources
    .filter((source) => kept.has(source))
    .map((source) => ({ ...source, text: cut(source.text, share) }));
}

/** The newest first. */
function byTurns(sources: readonly Source[]): Source[] {
  const isSaid = ({ from }: Source): boolean => from === "user" || from === "instructions";
  const said = sources.filter(isSaid).toReversed();
  const answered = sources.filter((source) => !isSaid(source)).toReversed();
  return Array.from({ length: Math.max(said.length, answered.length) }, (_, turn) =>
    [said[turn], answered[turn]].filter((source) => source !== undefined),
  ).flat();
}

/** How long each may be: what short ones leave of their share is for the longer. */
function shareOf(sources: readonly Source[], room: number): number {
  const lengths = sources.map(({ text }) => text.length).sort((a, b) => a - b);
  let left = room;
  for (const [index, length] of lengths.entries()) {
    const share = Math.floor(left / (lengths.length - index));
    if (length > share) return share;
    left -= length;
  }
  return room;
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor(most / 2);
  const [begin, end] = [text.slice(0, half), text.slice(-half)];
  return `${begin}\n(${text.length - 2 * half} characters are left out)\n${end}`.toWellFormed();
}
