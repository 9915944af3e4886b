import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable, printableJson, printableLines } from "../src/cli/printable.js";
import { formatTable } from "../src/cli/table.js";
import { createTranscript } from "../src/cli/transcript.js";
import { commandLine, usualUrl } from "../src/http/command-line.js";
import { greeting } from "../src/server/greeting.js";
import { atWork, hiding } from "./support/hidden-characters.js";
import { capturingTerminal } from "./support/terminal.js";

// Everything a terminal or a reader's eye obeys instead of showing it: controls, format and default-ignorable characters.
// Three of them have work to do in some places: of these there are examples.
const acting = /(?!\u200C|\u200D|\uFE0F)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/u;
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

  it.each(atWork)("%s stays as it is", (_, text) => {
    expect([printable(text), printableJson({ text })]).toEqual([text, JSON.stringify({ text })]);
  });

  it.each(hiding)("%s is shown", (_, text) => {
    expect(printable(text)).toMatch(/\\u[0-9a-f]{4}/);
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
    const transcript = createTranscript(terminal, usualUrl);
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

  it("shows how the words of a call are finished before it is approved", () => {
    const terminal = capturingTerminal();
    const drafted = hold("12345678-9", "Write to her");
    Object.assign(drafted.value.holdpoint, { hasDraft: true });
    createTranscript(terminal, usualUrl).holds([drafted]);
    expect(terminal.said.out).toMatch(
      /finishes its words first.*\n.*holdpoint draft 12345678\n.*holdpoint approve 12345678\n/,
    );
  });

  it("shows a hold once, and again when its arguments have changed", () => {
    const terminal = capturingTerminal();
    const transcript = createTranscript(terminal, usualUrl);
    transcript.holds([hold("12345678-9", "Pay\u001b[2J")]);
    transcript.holds([hold("12345678-9", "Pay\u001b[2J"), { id: "j", value: "not ours" }]);
    expect(terminal.said.out.match(/\[held\] "Pay\\u001b\[2J" waits/g)).toHaveLength(1);
    expect(terminal.said.out).toContain("holdpoint approve 12345678\n");
    const changed = hold("12345678-9", "Pay less");
    changed.value.holdpoint.argsHash = "other";
    transcript.holds([changed]);
    expect(terminal.said.out).toContain('[held] "Pay less" waits for a person.');
  });

  it("a hold comes with the commands that decide it, at the server it is held by", () => {
    const hints = (url: string): string => {
      const terminal = capturingTerminal();
      createTranscript(terminal, url).holds([hold("12345678-9", "Pay")]);
      return terminal.said.out;
    };
    expect(hints("http://127.0.0.1:8123")).toContain("\n  npx holdpoint approve 12345678\n");
    expect(hints("http://127.0.0.1:9000")).toContain(
      "\n  HOLDPOINT_URL=http://127.0.0.1:9000 npx holdpoint approve 12345678\n",
    );
  });

  it("a call of unknown outcome comes with the three answers, each a command of its own", () => {
    const terminal = capturingTerminal();
    const unknown = hold("12345678-9", "Pay");
    unknown.value.holdpoint.kind = "settle";
    createTranscript(terminal, usualUrl).holds([unknown]);
    expect(terminal.said.out).toBe(
      '[unknown] "Pay" was attempted, and nobody knows whether it happened. A person has to say:\n' +
        ["--happened", "--not-happened", "--retry"]
          .map((answer) => `  npx holdpoint settle 12345678 ${answer}\n`)
          .join(""),
    );
  });

  it("what an agent asks comes with the command that answers it, and none that approves", () => {
    for (const kind of ["ask", "handover"]) {
      const terminal = capturingTerminal();
      const question = hold("12345678-9", "All or half?");
      question.value.holdpoint.kind = kind;
      createTranscript(terminal, usualUrl).holds([question]);
      expect(terminal.said.out).toContain('[asks] "All or half?" waits for a person\'s answer.');
      expect(terminal.said.out).toContain('  npx holdpoint respond 12345678 --message "…"\n');
      expect(terminal.said.out).not.toContain("approve");
    }
  });

  it("what an agent says cannot steer the terminal", () => {
    const terminal = capturingTerminal();
    createTranscript(terminal, usualUrl).piece("1", "\u001b]0;title\u0007\u202eevil");
    expect(terminal.said.out).toBe("agent: \\u001b]0;title\\u0007\\u202eevil");
  });
});

describe("the command line that a person is shown", () => {
  it("names the server where it is not the usual one, as a shell takes it", () => {
    expect(commandLine(usualUrl, "chat")).toBe("npx holdpoint chat");
    expect(commandLine("http://[::1]:9000", "chat")).toBe(
      "HOLDPOINT_URL='http://[::1]:9000' npx holdpoint chat",
    );
    expect(commandLine("http://a/?b&c='d'", "chat")).toBe(
      String.raw`HOLDPOINT_URL='http://a/?b&c='\''d'\''' npx holdpoint chat`,
    );
  });

  it("stands in the greeting of a server on another port", () => {
    const about = {
      graphs: [{ id: "support", what: "an agent on m" }],
      database: "d",
      policy: "p",
      access: null,
    };
    expect(greeting({ ...about, url: usualUrl })).toMatch(
      / {2}npx holdpoint chat\n.* {2}npx holdpoint reviews\n/,
    );
    const other = greeting({ ...about, url: "http://127.0.0.1:9000" });
    expect(other).toContain("HOLDPOINT_URL=http://127.0.0.1:9000 npx holdpoint chat\n");
    expect(other).toContain("HOLDPOINT_URL=http://127.0.0.1:9000 npx holdpoint reviews\n");
  });
});
