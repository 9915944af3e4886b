import type { Terminal } from "./terminal.js";

export interface Progress {
  show: (done: number) => void;
  end: () => void;
}

const barWidth = 30;

/** How far a long piece of work is, on `err`: a bar that writes over itself where a person watches, else a line now and then. */
export function showProgress(terminal: Terminal, total: number, what = "conversations"): Progress {
  if (!terminal.errIsTty) {
    return {
      show: (done) => {
        if (done % 50 === 0 || done === total) terminal.err(`${done} of ${total} ${what}\n`);
      },
      end: () => {},
    };
  }
  return {
    show: (done) => {
      const filled = total === 0 ? barWidth : Math.round((done / total) * barWidth);
      terminal.err(`\r[${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${done} of ${total} ${what}`);
    },
    end: () => terminal.err("\n"),
  };
}
