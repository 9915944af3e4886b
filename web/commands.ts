// Every key of the page, and what it does in which room. The list of keys and the palette are read from here, and a key
// that does not stand here cannot be listened to.

export type Room = "queue" | "board" | "policy" | "standing" | "batch" | "thread";

interface Command {
  key: string;
  words: string;
  /** Left out: in every room. */
  room?: Room;
  /** Heard by what has the focus, and by nobody else. */
  isOfFocus?: true;
}

export const commands = [
  { room: "queue", key: "j", words: "Next hold" },
  { room: "queue", key: "k", words: "Previous hold" },
  { room: "queue", key: "Enter", words: "Into the hold" },
  { room: "queue", key: "a", words: "Approve" },
  { room: "queue", key: "e", words: "Change the arguments, and approve" },
  { room: "queue", key: "r", words: "Reject" },
  { room: "queue", key: "d", words: "Answer, in the tool’s stead or what is asked" },
  { room: "queue", key: "1", words: "Pick option 1" },
  { room: "queue", key: "2", words: "Pick option 2" },
  { room: "queue", key: "3", words: "Pick option 3" },
  { room: "queue", key: "4", words: "Pick option 4" },
  { room: "queue", key: "5", words: "Pick option 5" },
  { room: "queue", key: "6", words: "Pick option 6" },
  { room: "queue", key: "7", words: "Pick option 7" },
  { room: "queue", key: "8", words: "Pick option 8" },
  { room: "queue", key: "y", words: "It happened" },
  { room: "queue", key: "n", words: "It did not happen" },
  { room: "queue", key: "t", words: "Try it again" },
  { room: "queue", key: "w", words: "To the words, where a call carries some" },
  { room: "queue", key: "m", words: "Take it for yourself, or give it back" },
  { room: "queue", key: "h", words: "Hand it on" },
  { room: "queue", key: "+", words: "Take more time for it" },
  { room: "queue", key: "q", words: "Ask the agent" },
  { room: "queue", key: "i", words: "Comment, or ask a colleague" },
  { room: "queue", key: "p", words: "From now on, approve this kind" },
  { room: "queue", key: "o", words: "Lead the conversation yourself" },
  { room: "queue", key: "s", words: "Decide those that are like it together" },
  { room: "queue", key: "u", words: "Undo: take the last decision, or your vote, back" },
  { room: "queue", key: "v", words: "The whole conversation" },
  { room: "queue", key: "c", words: "What stands around it" },
  { room: "queue", key: "f", words: "Filter the queue" },
  { room: "queue", key: "Backspace", words: "Take off the last of what narrows the queue" },
  { room: "queue", key: "z 0", words: "All that waits" },
  { room: "queue", key: "z 1", words: "Your view 1" },
  { room: "queue", key: "z 2", words: "Your view 2" },
  { room: "queue", key: "z 3", words: "Your view 3" },
  { room: "queue", key: "z 4", words: "Your view 4" },
  { room: "queue", key: "z 5", words: "Your view 5" },
  { room: "queue", key: "z 6", words: "Your view 6" },
  { room: "queue", key: "z 7", words: "Your view 7" },
  { room: "queue", key: "z 8", words: "Your view 8" },
  { room: "queue", key: "z x", words: "Forget the view that is shown" },
  { room: "queue", key: "x t", words: "Stop its tool" },
  { room: "queue", key: "x a", words: "Stop its agent" },
  { room: "queue", key: "Alt Enter", words: "Add a row to a list that is changed", isOfFocus: true },
  { room: "queue", key: "Alt Backspace", words: "Take a row out of it", isOfFocus: true },
  { room: "queue", key: "Escape", words: "Back" },
  { room: "board", key: "ArrowLeft", words: "To the column at the left" },
  { room: "board", key: "ArrowRight", words: "To the column at the right" },
  { room: "board", key: "ArrowUp", words: "To the card above" },
  { room: "board", key: "ArrowDown", words: "To the card below" },
  { room: "board", key: "Enter", words: "Open the card", isOfFocus: true },
  { room: "board", key: "Escape", words: "Back to the queue" },
  { room: "policy", key: "j", words: "Next: what waits, and kinds of calls" },
  { room: "policy", key: "k", words: "Previous: what waits, and kinds of calls" },
  { room: "policy", key: "Enter", words: "Open it: the hold, or another threshold", isOfFocus: true },
  { room: "policy", key: "Escape", words: "Back" },
  { room: "standing", key: "j", words: "Next that is approved in advance" },
  { room: "standing", key: "k", words: "Previous" },
  { room: "standing", key: "s", words: "Sign it, too" },
  { room: "standing", key: "r", words: "Revoke it" },
  { room: "standing", key: "Escape", words: "Back" },
  { room: "batch", key: "j", words: "Next call" },
  { room: "batch", key: "k", words: "Previous call" },
  { room: "batch", key: "Enter", words: "Look at this call" },
  { room: "batch", key: "x", words: "Object to this call" },
  { room: "batch", key: "a", words: "Approve all" },
  { room: "batch", key: "r", words: "Reject all" },
  { room: "batch", key: "Escape", words: "Back" },
  { room: "thread", key: "j", words: "Next turn or call" },
  { room: "thread", key: "k", words: "Previous turn or call" },
  { room: "thread", key: "Enter", words: "Open what waits" },
  { room: "thread", key: "x", words: "Something went wrong with this call" },
  { room: "thread", key: "o", words: "Take the conversation over, and write in it" },
  { room: "thread", key: "b", words: "Hand the conversation back" },
  { room: "thread", key: "Escape", words: "Back" },
  { key: "g q", words: "To the queue" },
  { key: "g b", words: "To the board" },
  { key: "g p", words: "To the policy" },
  { key: "g s", words: "To what is approved in advance" },
  { key: "l 1", words: "Lift stop 1" },
  { key: "l 2", words: "Lift stop 2" },
  { key: "l 3", words: "Lift stop 3" },
  { key: "l 4", words: "Lift stop 4" },
  { key: "l 5", words: "Lift stop 5" },
  { key: "l 6", words: "Lift stop 6" },
  { key: "l 7", words: "Lift stop 7" },
  { key: "l 8", words: "Lift stop 8" },
  { key: "/", words: "Find what can be done" },
  { key: "Ctrl k", words: "The same, also while something is typed" },
  { key: "Ctrl Enter", words: "Send what was typed", isOfFocus: true },
  { key: "?", words: "All keys" },
] as const satisfies readonly Command[];

export type Key = (typeof commands)[number]["key"];

/** As many of a row as have keys of their own, each under its number. */
export const mostNumbered = 8;

export function commandsIn(room: Room): readonly Command[] {
  return commands.filter((command: Command) => command.room === undefined || command.room === room);
}
