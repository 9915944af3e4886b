// Where two blocks meet on one line, their words are read on: a number, a name or a gap may be cut in two there, and each
// part of it stand in a source.
import { textOf, type DraftBlock } from "./block.js";

/** More than a number, a name or a gap has. */
const reach = 100;

/** For each block, what is found where it meets another one, and in neither of them alone. */
export function acrossSeams(
  blocks: readonly DraftBlock[],
  find: (text: string) => readonly string[],
): string[][] {
  const found = blocks.map((): string[] => []);
  const said = blocks.flatMap((block, index) => (block.text === "" ? [] : [{ block, index }]));
  for (const [at, next] of said.entries()) {
    const before = said[at - 1];
    if (!before || !(before.block.joint === "nothing" || before.block.joint === "space")) continue;
    const [left, right] = [plain(before.block.text).slice(-reach), plain(next.block.text).slice(0, reach)];
    const seam = textOf([
      { ...before.block, isOpen: false, text: left },
      { ...next.block, isOpen: false, text: right },
    ]);
    const cut = find(seam).filter((words) => !left.includes(words) && !right.includes(words));
    found[before.index]?.push(...cut);
    found[next.index]?.push(...cut);
  }
  return found;
}

function plain(text: string): string {
  return text.normalize("NFKC");
}
