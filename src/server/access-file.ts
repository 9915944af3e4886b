// The access file of an operator. A key that is taken out of it is refused from the next request on.
import { createAccess, type Access } from "../access/access.js";
import { loadAccess } from "../access/load-access.js";
import { keysCooldownMs } from "../access/tokens.js";
import { readNamedFile, watchNamedFile, type Watched, type Watching } from "./watched-file.js";

const what = "access file";

export interface AccessFile extends Watched {
  current(): Access;
}

/** Throws `access_invalid` where it does not load, `options_invalid` where it cannot be read. */
export async function openAccessFile(
  file: string,
  telling: Pick<Watching, "log" | "say">,
): Promise<AccessFile> {
  const text = await readNamedFile("HOLDPOINT_ACCESS", file, what);
  const read = (next: string): Access =>
    createAccess(loadAccess(next, file), { now: () => new Date(), cooldownMs: keysCooldownMs });
  let inForce = read(text);
  const watched = watchNamedFile({
    ...telling,
    file,
    what,
    text,
    take(next) {
      inForce = read(next);
      return Promise.resolve(inForce.summary);
    },
  });
  return { ...watched, current: () => inForce };
}
