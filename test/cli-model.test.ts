import { describe, expect, it } from "vitest";
import { HumanMessage } from "@langchain/core/messages";
import { createServer } from "node:net";
import { once } from "node:events";
import { supportAgent } from "../examples/support/agent.js";
import type { Model } from "../src/index.js";

describe("the example's model, set by the environment,", () => {
  const modelOf = async (environment: Record<string, string>): Promise<Model> =>
    (await supportAgent({ OPENAI_API_KEY: "test", ...environment })).model as Model;

  it("is named as its provider knows it, which the server's greeting shows", async () => {
    expect((await modelOf({})).name).toBe("gpt-4.1");
    expect((await modelOf({ HOLDPOINT_MODEL: "small-one" })).name).toBe("small-one");
    expect((await modelOf({ OPENAI_API_KEY: "" })).name).toContain("scripted demo");
  });

  it.each(["foo", "localhost:1234", "ftp://models", "https://", "//u:secret@host"])(
    "OPENAI_BASE_URL=%s is refused before anything is started",
    async (OPENAI_BASE_URL) => {
      const refused = modelOf({ OPENAI_BASE_URL });
      await expect(refused).rejects.toMatchObject({
        code: "options_invalid",
        message: expect.stringMatching(/^OPENAI_BASE_URL is no web address.*https:\/\//),
      });
      await expect(refused).rejects.not.toThrow("secret");
    },
  );

  it("a server that is not there is named by its host, with what to check", async () => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as { port: number };
    listener.close();
    const model = await modelOf({ OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` });
    const request = { messages: [new HumanMessage("Hello?")], tools: [] };
    const told = new RegExp(
      `^The model's server at 127\\.0\\.0\\.1:${port} does not answer .*ECONNREFUSED.*OPENAI_BASE_URL`,
    );
    await Promise.all([
      expect(model.invoke(request)).rejects.toThrow(told),
      expect(model.stream(request)[Symbol.asyncIterator]().next()).rejects.toThrow(told),
    ]);
  });
});
