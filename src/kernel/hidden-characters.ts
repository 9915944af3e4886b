// Characters that nobody sees, or that make others be read otherwise. One rule for the words of drafts, the pages and the
// terminal: what one of them calls hidden the others do, too.

/** Their letters are joined and parted by marks without width, as Persian and Hindi are written. */
const joiningScripts = [
  "Arabic",
  "Bengali",
  "Devanagari",
  "Gujarati",
  "Gurmukhi",
  "Kannada",
  "Khmer",
  "Malayalam",
  "Mongolian",
  "Myanmar",
  "Oriya",
  "Sinhala",
  "Syriac",
  "Tamil",
  "Telugu",
];

/** Between two signs of one picture, such as a family, or two letters of one such script; and what gives a sign its colours. */
const atWork = [
  String.raw`(?<=\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)\u200D(?=\p{Extended_Pictographic})`,
  String.raw`(?<=\p{Extended_Pictographic})\uFE0F|(?<=[\d#*])\uFE0F(?=\u20E3)`,
  ...joiningScripts.map((script) => {
    const letter = String.raw`(?=[\p{L}\p{M}])\p{Script_Extensions=${script}}`;
    return String.raw`(?<=${letter})[\u200C\u200D](?=${letter})`;
  }),
].join("|");

// Controls, marks without width, halves of signs, private ones, and those that turn the direction of others around.
const unseen = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800\p{Default_Ignorable_Code_Point}]`;

/** All that nobody sees by itself, whatever it is there for. Line ends and tabs are among them. */
export const unseenCharacters = new RegExp(unseen, "gu");

/** Those that have no work to do where they stand. Line ends and tabs are among them: who takes these leaves them out. */
export const hiddenCharacters = new RegExp(`(?=${unseen})(?!${atWork})[^]`, "gu");

/** Its number, as it is looked up: U+200B. */
export function numberOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
