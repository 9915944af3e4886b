import { describe, expect, it } from "vitest";
import { whileAdmitted } from "../src/http/while-admitted.js";

describe("a stream", () => {
  it("ends where it cannot be told whether its reader is still let in", async () => {
    let isOver = false;
    const silent = new Response(new ReadableStream());
    const watched = whileAdmitted(silent, {
      isStillIn: () => Promise.reject(new Error("The file of keys cannot be read.")),
      now: Date.now,
      isOver: () => (isOver = true),
      everyMs: 10,
    });
    expect(await watched.text()).toBe("");
    expect(isOver).toBe(true);
  });
});
