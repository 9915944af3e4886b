import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable, printableJson, printableLines } from "../src/cli/printable.js";
import { formatTable } from "../src/cli/table.js";
import { createTranscript } from "../src/cli/transcript.js";
import { capturingTerminal } from "./support/terminal.js";

// Everything a terminal or a reader's eye obeys instead of showing it: controls, format and default-ignorable characters.
const acting = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/u;
const anyText = fc.string({ unit: "binary" });

describe("texts of strangers on a terminal", () => {
  it("a control sequence is shown, and does nothing", () => {
    expect(printable("pay \u001b[2K\u001b[1Gpay 1 EUR")).toBe("pay \\u001b[2K\\u001b[1Gpay 1 EUR");
    expect(printable("8-bit \u009b2J, bell \u0007, return \r")).toBe(
      "8-bit \\u009b2J, bell \\u0007, return \\u000d",
    );
  });

  it("marks that turn or hide text are shown", () => {
    expect(printable("to \u202emoc.live\u202c")).toBe("to \\u202emoc.live\\u202c");
    expect(printable("a\u200bdmin\u2066\u{e0041}")).toBe("a\\u200bdmin\\u2066\\udb40\\udc41");
  });

  it("words of every script stay as they are", () => {
    const words = "Grüße, 你好, здравствуйте, नमस्ते, مرحبا, 420 € 🙂";
    expect(printable(words)).toBe(words);
  });

  it("nothing that acts is left in any text", () => {
    const left = (text: string): boolean =>
      acting.test(printable(text)) || acting.test(printableLines(text).replaceAll("\n", ""));
    expect(() => fc.assert(fc.property(anyText, (text) => !left(text)))).not.toThrow();
  });

  it("JSON made safe to show is the same JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const text = printableJson(value, 2);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(acting.test(text.replaceAll("\n", ""))).toBe(false);
      }),
    );
  });

  it("a cell with a line end stays one row of its table", () => {
    const rows = [
      ["one\ntwo", 7],
      ["three", 12],
    ];
    expect(formatTable(["title", "n"], rows)).toBe("title          n\none\\u000atwo   7\nthree         12\n");
  });
});

describe("a transcript", () => {
  const said = (id: string, content: string) => ({ type: "ai", id, content });
  const hold = (reviewId: string | null, title: string) => ({
    id: "i",
    value: { holdpoint: { reviewId, kind: "review", title, argsHash: "h" } },
  });

  it("shows words once, whether they come in pieces or whole", () => {
    const terminal = capturingTerminal();
    const transcript = createTranscript(terminal);
    transcript.skip([said("0", "earlier")]);
    transcript.piece("1", "Hello, ");
    transcript.piece("1", "you");
    transcript.messages([
      said("0", "earlier"),
      said("1", "Hello, you."),
      { type: "human", content: "hi" },
      said("2", "Bye"),
    ]);
    transcript.messages([said("1", "Hello, you."), said("2", "Bye")]);
    expect(terminal.said.out).toBe("agent: Hello, you.\nagent: Bye\n");
  });

  it("shows a hold once, and again when its arguments have changed", () => {
    const terminal = capturingTerminal();
    const transcript = createTranscript(terminal);
    transcript.holds([hold("12345678-9", "Pay\u001b[2J")]);
    transcript.holds([hold("12345678-9", "Pay\u001b[2J"), { id: "j", value: "not ours" }]);
    expect(terminal.said.out.match(/\[held\] Pay\\u001b\[2J waits/g)).toHaveLength(1);
    expect(terminal.said.out).toContain("holdpoint approve 12345678\n");
    const changed = hold("12345678-9", "Pay less");
    changed.value.holdpoint.argsHash = "other";
    transcript.holds([changed]);
    expect(terminal.said.out).toContain("[held] Pay less waits");
  });

  it("what an agent says cannot steer the terminal", () => {
    const terminal = capturingTerminal();
    createTranscript(terminal).piece("1", "\u001b]0;title\u0007\u202eevil");
    expect(terminal.said.out).toBe("agent: \\u001b]0;title\\u0007\\u202eevil");
  });
});
