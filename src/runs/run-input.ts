// What a run gives its graph: its own input, or, for a resumption, what wakes the interrupts that have something to find
// on record. A process that takes a run over goes on from the checkpoint instead.
import type { RunnableConfig } from "@langchain/core/runnables";
import { Command, type StateSnapshot } from "@langchain/langgraph";
import type { AnyGraph, ServedGraph } from "../graph/served-graph.js";
import type { Run } from "../storage/run-rows.js";
import { deliveryIn } from "./delivery.js";
import { goOn, type Input, type InputDeps } from "./input.js";
import { payloadOf } from "./payload.js";
import { ledInput } from "./led-input.js";
import { answersTo, pendingQuestions, questionsOf } from "./questions.js";
import { pendingHolds, wakeTokens, wakeTokensAtHand } from "./resume.js";

export async function inputOf(
  deps: InputDeps,
  served: ServedGraph,
  graph: AnyGraph,
  run: Run,
  config: RunnableConfig,
): Promise<Input> {
  const { input, command, checkpoint, operation, tells, handedBack } = payloadOf(run);
  switch (run.kind) {
    case "input":
    case "command": {
      // An earlier process may have got as far as the first checkpoint with this run's input.
      if (run.epoch > 1 && (await deps.runs.hasBegun(run))) return goOn;
      const isLed = run.hasLetters || tells !== undefined || handedBack !== undefined;
      if (served.kind === "agent" && isLed) return ledInput(deps, served, graph, run, config);
      const value = command ? new Command(command) : served.revive(input ?? null);
      const options = checkpoint ? { configurable: { ...config.configurable, ...checkpoint } } : {};
      return { kind: "start", value, options, fulfils: [] };
    }
    case "resume":
      return served.kind === "agent"
        ? wakeHolds(deps, graph, run, config)
        : answerQuestions(deps, graph, run, config);
    case "direct":
      // Its caller is gone. What it had begun is finished; a state update or a reconciliation has nothing to finish.
      return operation === "run" ? goOn : { kind: "nothing" };
  }
}

async function wakeHolds(deps: InputDeps, graph: AnyGraph, run: Run, config: RunnableConfig): Promise<Input> {
  // Of a run that was taken over the thread's row tells no more than how it began.
  const atHand = run.epoch === 1 ? wakeTokensAtHand(run) : null;
  if (atHand) return { ...goOn, value: new Command({ resume: atHand }) };
  const state = await graph.getState(config);
  const resume = await wakeTokens(deps.reviews, run, pendingHolds(state));
  if (Object.keys(resume).length > 0) return { ...goOn, value: new Command({ resume }) };
  return unlessAtRest(deps, run, state);
}

/** Nothing in it is to be woken: it goes on where it was left, or what was decided has lost its hold. */
async function unlessAtRest(deps: InputDeps, run: Run, state: StateSnapshot): Promise<Input> {
  if (state.tasks.some((task) => task.interrupts.length === 0)) return goOn;
  const standing = pendingHolds(state).flatMap(({ hold }) => hold.holdpoint.reviewId ?? []);
  await deps.runs.closeOrphans(run, standing, deliveryIn(run.tenant));
  return { kind: "nothing" };
}

async function answerQuestions(
  deps: InputDeps,
  graph: AnyGraph,
  run: Run,
  config: RunnableConfig,
): Promise<Input> {
  const state = await graph.getState(config);
  const pending = await pendingQuestions(deps.saver, config, state);
  const { resume: answers, reviewIds } = answersTo(
    pending,
    await questionsOf(deps.reviews, run.tenant, run.threadId),
  );
  // An agent of ours may be a node of it.
  const resume = { ...answers, ...(await wakeTokens(deps.reviews, run, pendingHolds(state))) };
  if (Object.keys(resume).length > 0) {
    const value = new Command({ ...payloadOf(run).command, resume });
    return { ...goOn, value, fulfils: reviewIds };
  }
  return unlessAtRest(deps, run, state);
}
