// What is critical, released on the command line: by typing what it is about, or by saying it where nobody types.
import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approveCommand, editCommand, rejectCommand } from "../src/cli/decide.js";
import { capturingTerminal } from "./support/terminal.js";
import { testDatabase } from "./support/database.js";
import { say, serve, type Served } from "./support/http.js";

const policy = `
tools: { wipe: { level: critical } }
rules: [{ id: large, when: "tool == 'pay' && args.amount > 1000.0", level: critical }]
`;
let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), { policy });
});
afterAll(() => at.stop());

async function held(words: string): Promise<string> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say(words));
  return (await at.runtime.reviews.list("default", { threadId, limit: 1 })).items[0]?.id ?? "";
}
const stateOf = async (id: string) => {
  const review = await at.runtime.reviews.find("default", id);
  return review?.decision?.type ?? review?.status;
};
/** Who types something, where a line is given. */
const terminalWith = (line?: string) => {
  const terminal = capturingTerminal({ HOLDPOINT_URL: at.url });
  if (line === undefined) return terminal;
  const input = Object.assign(new PassThrough(), { isTTY: true });
  input.end(`${line}\n`);
  return { ...terminal, input };
};

describe("what is critical", () => {
  it("is approved at a terminal once what it is about was typed", async () => {
    const name = randomUUID();
    const id = await held(`wipe ${name}`);
    const terminal = terminalWith(name);
    expect(await approveCommand.run([id], terminal)).toBe(0);
    expect(terminal.said.out).toContain(`This is critical. Type ${name} to approve it: `);
    expect(await stateOf(id)).toBe("approve");
  });

  it("is approved by a script that says it, and by nothing else", async () => {
    const name = randomUUID();
    const id = await held(`wipe ${name}`);
    await expect(approveCommand.run([id], terminalWith())).rejects.toThrow(/with --target.*give /);
    await expect(approveCommand.run([id, "--target", "x"], terminalWith())).rejects.toThrow(
      `about ${name}; "x" was typed. Nothing was decided.`,
    );
    await expect(approveCommand.run([id], terminalWith("y"))).rejects.toThrow("Nothing was decided");
    expect(await stateOf(id)).toBe("open");
    expect(await approveCommand.run([id, "--target", name], terminalWith())).toBe(0);
    expect(await stateOf(id)).toBe("approve");
  });

  it("only with the arguments that a change gives it is asked about by these", async () => {
    const name = randomUUID();
    const id = await held(`pay ${name} 5`);
    const to = (amount: number) => ["--args", JSON.stringify({ id: `${name}-2`, amount })];
    await expect(editCommand.run([id, ...to(2_000)], terminalWith())).rejects.toThrow(/give .*-2 if/);
    expect(await stateOf(id)).toBe("open");
    expect(await editCommand.run([id, ...to(2_000), "--target", `${name}-2`], terminalWith())).toBe(0);
    expect(await stateOf(id)).toBe("edit");
  });

  it("is rejected without a word of it, and what is not critical is approved as ever", async () => {
    const id = await held(`wipe ${randomUUID()}`);
    expect(await rejectCommand.run([id, "--reason", "No."], terminalWith())).toBe(0);
    const other = await held(`pay ${randomUUID()} 5`);
    expect(await approveCommand.run([other], terminalWith())).toBe(0);
    expect(await stateOf(other)).toBe("approve");
  });
});
