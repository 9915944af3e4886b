import { numberOf } from "../kernel/hidden-characters.js";

/** What a tool can be called. Providers refuse other names, and letters that only look alike name no tool. */
export function isToolName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

/** `pаy` and `pay` read the same: what is not plain is told by its number. */
export function spelledOut(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/gu, (letter) => `<${numberOf(letter)}>`);
}
