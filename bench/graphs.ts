// What the servers of a benchmark serve; each server loads this file through its langgraph.json.
import { setTimeout as delay } from "node:timers/promises";
import { Annotation, END, START, StateGraph, type LangGraphRunnableConfig } from "@langchain/langgraph";

const State = Annotation.Root({ answer: Annotation<string> });

/** The least that a graph can do, so that what is measured is the server. */
export const constant = new StateGraph(State)
  .addNode("reply", () => ({ answer: "forty-two" }))
  .addEdge(START, "reply")
  .addEdge("reply", END)
  .compile();

/** Emits and waits until its process ends, or its caller has it stop. */
export const ticking = new StateGraph(State)
  .addNode("tick", async (_state, { writer, signal }: LangGraphRunnableConfig) => {
    for (let tick = 1; ; tick += 1) {
      writer?.({ tick });
      await delay(20, null, signal ? { signal } : {});
    }
  })
  .addEdge(START, "tick")
  .addEdge("tick", END)
  .compile();
