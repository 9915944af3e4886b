// What each key does in the words, where they have the focus. Nothing here is heard anywhere else on the page.

export const draftKeys = [
  { key: "ArrowDown", words: "Next block" },
  { key: "ArrowUp", words: "Block before" },
  { key: "Enter", words: "Write in it; in its field, keep what was written" },
  { key: "Space", words: "Accept it as it stands" },
  { key: "1", words: "Take one of the other wordings" },
  { key: "0", words: "Back to what the machine wrote" },
  { key: "Delete", words: "Take it out" },
  { key: "q", words: "Have the agent write it anew, as you say" },
  { key: "p", words: "Have the agent go over what nobody is in" },
  { key: "t", words: "Take what the agent proposes" },
  { key: "x", words: "Dismiss what the agent proposes" },
  { key: "Ctrl z", words: "Have back what was dropped there last" },
  { key: "Escape", words: "Out of the field; again: drop what was typed; then out of the words" },
] as const;
