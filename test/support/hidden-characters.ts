// One set of examples for the words of drafts, the pages and the terminal.

/** Marks without width that do their work: nothing of these is hidden. */
export const atWork: readonly (readonly [string, string])[] = [
  ["a family", "From the \u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466} to you."],
  ["an astronaut of a colour", "Up you go \u{1F469}\u{1F3FD}\u200D\u{1F680}"],
  ["a heart on fire", "\u2764\uFE0F\u200D\u{1F525}"],
  ["a heart in red", "With \u2764\uFE0F."],
  ["a key's cap", "Press 1\uFE0F\u20E3 now."],
  ["Persian, whose words are parted within", "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645"],
  ["Persian with a vowel's sign", "\u0645\u06CC\u0650\u200C\u062E"],
  ["Hindi, whose letters are joined", "\u0915\u094D\u200D\u0937"],
  ["Hindi, whose letters are kept apart", "\u0915\u094D\u200C\u0937"],
  ["Bengali", "\u09B0\u200D\u09CD\u09AF"],
  ["Sinhala", "\u0DC1\u0DCA\u200D\u0DBB\u0DD3"],
];

/** Each has one character, or two, that nobody would see. */
export const hiding: readonly (readonly [string, string])[] = [
  ["a joiner between letters of ours", "pay\u200Dpal"],
  ["a joiner between other letters", "\u05E9\u200D\u05DC"],
  ["a mark between ideographs", "\u7530\u200C\u4E2D"],
  ["a joiner between a letter of Persian and one of ours", "\u0645\u200Ca"],
  ["a mark between letters of two such scripts", "\u0645\u200C\u0915"],
  ["a joiner between figures of such a script", "\u0664\u200D\u0662"],
  ["a mark behind a word of Persian", "\u0645\u06CC\u200C \u0645"],
  ["two marks between letters of Persian", "\u0645\u200C\u200C\u062E"],
  ["a mark of no width between letters of Persian", "\u0645\u200B\u062E"],
  ["a joiner behind a picture", "\u{1F468}\u200D"],
  ["a joiner between a picture and a letter", "\u{1F468}\u200Da"],
  ["two joiners within a picture", "\u{1F468}\u200D\u200D\u{1F469}"],
  ["a mark that parts two pictures", "\u{1F468}\u200C\u{1F469}"],
  ["a joiner that begins a text", "\u200D\u0645"],
  ["a colour on a letter", "pay\uFE0Fpal"],
  ["a colour on a figure", "42\uFE0F0 EUR"],
  ["a colour twice", "\u2764\uFE0F\uFE0F"],
  ["another variant of a letter", "a\u{E0101}b"],
  ["a mark without width", "a\u200Bdmin"],
  ["a word's joint", "pay\u2060pal"],
  ["a soft hyphen", "pay\u00ADpal"],
  ["turned letters", "safe \u202Etxt.exe"],
  ["an isolate", "to \u2066moc.live\u2069"],
  ["letters of tags", "Hi\u{E0041}."],
  ["a filler that is a letter", "pay\u3164pal"],
  ["a blank of Braille", "pay\u2800pal"],
  ["another line end", "one\u2028two"],
  ["a private character", "pay\uE000pal"],
  ["a control", "pay\u0007pal"],
];
