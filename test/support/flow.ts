// A graph that knows nothing of Holdpoint and emits something in every stream mode: it writes, asks a model inside a
// graph of its own, and waits in the middle until the test lets it go on.
import { FakeListChatModel } from "@langchain/core/utils/testing";
import {
  Annotation,
  MessagesAnnotation,
  START,
  StateGraph,
  type LangGraphRunnableConfig,
} from "@langchain/langgraph";

const FlowState = Annotation.Root({
  ...MessagesAnnotation.spec,
  id: Annotation<string>(),
  steps: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});

const gates = new Map<string, { opened: Promise<void>; open(): void }>();

function gate(id: string): { opened: Promise<void>; open(): void } {
  const known = gates.get(id) ?? newGate();
  gates.set(id, known);
  return known;
}

function newGate(): { opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** Lets the flow with this id go on, at whatever server. */
export const release = (id: string): void => gate(id).open();

/** A new one for each server: a server puts its own checkpointer in it. */
export function flow() {
  const model = new FakeListChatModel({ responses: ["It was said in pieces."] });
  const talk = new StateGraph(MessagesAnnotation)
    .addNode("speak", async (state, config: LangGraphRunnableConfig) => {
      config.writer?.({ from: "speak" });
      return { messages: [await model.invoke(state.messages, config)] };
    })
    .addEdge(START, "speak")
    .compile();
  return new StateGraph(FlowState)
    .addNode("first", (_, config: LangGraphRunnableConfig) => {
      config.writer?.({ from: "first" });
      return { steps: ["first"] };
    })
    .addNode("talk", talk)
    .addNode("wait", async ({ id }) => {
      await gate(id).opened;
      return { steps: ["wait"] };
    })
    .addNode("last", (_, config: LangGraphRunnableConfig) => {
      config.writer?.({ from: "last" });
      return { steps: ["last"] };
    })
    .addEdge(START, "first")
    .addEdge("first", "talk")
    .addEdge("talk", "wait")
    .addEdge("wait", "last")
    .compile();
}
