import {
  AIMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  type BaseMessage,
} from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { acceptableHistory } from "../src/models/history.js";

const calling = (...calls: [id: string, name: string][]) =>
  new AIMessage({ content: "", tool_calls: calls.map(([id, name]) => ({ id, name, args: { id } })) });
const answering = (id: string) =>
  new ToolMessage({ tool_call_id: id, name: "read", content: `answer to ${id}` });
const shown = (messages: readonly BaseMessage[]) =>
  acceptableHistory(messages).map((message) =>
    ToolMessage.isInstance(message) ? `${message.tool_call_id}: ${message.text}` : message.getType(),
  );

describe("the history a provider is shown", () => {
  it("is the conversation as it stands, where nothing is wrong with it", () => {
    const messages = [
      new SystemMessage("Be brief."),
      new HumanMessage("Read."),
      calling(["1", "read"], ["2", "read"]),
      answering("1"),
      answering("2"),
      new AIMessage("Read."),
    ];
    expect(acceptableHistory(messages).map((message) => message.toDict().data)).toMatchObject(
      messages.map(({ content }) => ({ content })),
    );
    expect(shown(messages)).toEqual(["system", "human", "ai", "1: answer to 1", "2: answer to 2", "ai"]);
  });

  it("has the answers right behind their calls, in the order of the calls", () => {
    const messages = [
      calling(["1", "read"], ["2", "read"]),
      answering("2"),
      new HumanMessage("Well?"),
      answering("1"),
    ];
    expect(shown(messages)).toEqual(["ai", "1: answer to 1", "2: answer to 2", "human"]);
  });

  it("has an answer to a call that got none", () => {
    const messages = [calling(["1", "read"], ["2", "pay"]), answering("1"), new HumanMessage("Well?")];
    expect(shown(messages)).toEqual([
      "ai",
      "1: answer to 1",
      expect.stringMatching(/^2: There is no answer to this call/),
      "human",
    ]);
  });

  it("says calls in blocks of content by the ids that their answers have, and keeps what was thought before them", () => {
    const thought = { type: "thinking", thinking: "Read first.", signature: "s" };
    const message = new AIMessage({
      content: [thought, { type: "tool_use", id: "toolu_1", name: "read it", input: '{"id":"1"}' }],
      tool_calls: [{ id: "1", name: "read it", args: { id: "1" } }],
    });
    expect(acceptableHistory([message])[0]?.content).toEqual([
      thought,
      { type: "tool_use", id: "1", name: "read_it", input: { id: "1" } },
    ]);
    // As it stands in a thread: its calls are said once, beside its content.
    const kept = new AIMessage({ content: [thought], tool_calls: message.tool_calls ?? [] });
    expect(acceptableHistory([kept])[0]?.content).toEqual(acceptableHistory([message])[0]?.content);
    const spoken = new AIMessage({ content: [thought] });
    expect(acceptableHistory([spoken])[0]?.content).toEqual([thought]);
  });

  it("leaves out answers to calls that nobody made", () => {
    expect(shown([new HumanMessage("Hi."), answering("1"), new AIMessage("Hello.")])).toEqual([
      "human",
      "ai",
    ]);
  });

  it("has only names that providers take, and the message itself keeps its own", () => {
    const message = calling(["1", "functions.pay"], ["2", ""], ["3", "pay"]);
    const [first] = acceptableHistory([message]);
    expect((first as AIMessage).tool_calls?.map(({ name }) => name)).toEqual([
      "functions_pay",
      "unnamed",
      "pay",
    ]);
    expect(message.tool_calls?.map(({ name }) => name)).toEqual(["functions.pay", "", "pay"]);
  });
});
