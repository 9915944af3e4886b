// From what a run emitted, as it is recorded, to events of the protocol. The same record gives the same events, in the
// same order: their places in the thread are counted.
import type { ServedGraph } from "../../graph/served-graph.js";
import type { JsonObject } from "../../kernel/json.js";
import type { GraphMode } from "../../runs/payload.js";
import type { ReviewStore } from "../../review/store.js";
import type { RunEvent } from "../../storage/event-rows.js";
import type { Run } from "../../storage/run-rows.js";
import type { WireMessage } from "./blocks.js";
import { createCalls, toolTold, type Task } from "./calls.js";
import { createMessages } from "./messages.js";
import { createNamespaces, lifecycle, type Ending } from "./namespaces.js";
import { taskNamespace, type Told } from "./told.js";

/** What is recorded of a run that is begun by the protocol. */
export const recorded: readonly GraphMode[] = [
  "values",
  "updates",
  "messages",
  "custom",
  "tasks",
  "checkpoints",
  "tools",
];

export interface Translator {
  next(event: RunEvent): Promise<Told[]>;
  /** Nothing more comes: what is open ends with the run. */
  end(as: Ending): Told[];
  /** How a thread rests, where that was not recorded. */
  rest(values: JsonObject): Told[];
}

export function createTranslator(reviews: ReviewStore, run: Run, kind: ServedGraph["kind"]): Translator {
  const messages = createMessages();
  const namespaces = createNamespaces();
  const calls = kind === "agent" ? createCalls(reviews, run) : null;
  const askedIn = new Map<unknown, readonly string[]>();
  const asked = new Set<unknown>();
  let shown = "";
  /** Of a step, values come before the checkpoint that they stand in; the protocol has it the other way round. */
  let held: Told[] = [];

  async function translate({ event, namespace, data: text }: RunEvent): Promise<Told[]> {
    const data = JSON.parse(text) as unknown;
    switch (event) {
      case "metadata":
        return (data as { attempt: number }).attempt > 1 ? abandon() : [];
      case "values":
        return valuesTold(namespace, data as JsonObject);
      case "updates":
        return updatesTold(namespace, data as JsonObject);
      case "messages": {
        const [message, metadata] = data as [WireMessage, JsonObject];
        return messages.piece(message, metadata);
      }
      case "custom":
        return [{ method: "custom", namespace, data: isNamed(data) ? data : { payload: data } }];
      case "tasks":
        return taskTold(namespace, data as Task);
      case "checkpoints":
        return [{ method: "checkpoints", namespace, data: envelopeOf(data as Checkpoint) }];
      case "tools":
        return kind === "agent" ? [] : toolTold(namespace, data);
      // `error` is told by the run's end; the other modes are no channels.
      default:
        return [];
    }
  }

  /** The process that worked on it is gone, and what it had in its hands with it. */
  function abandon(): Told[] {
    return [
      ...messages.fail("The process that said this is gone. Another one goes on with the run."),
      ...namespaces.ends("failed"),
    ];
  }

  function valuesTold(namespace: readonly string[], data: JsonObject): Told[] {
    const { __interrupt__: interrupts, ...values } = data;
    const text = JSON.stringify(values);
    const isOfRoot = namespace.length === 0;
    const isNew = text !== "{}" && !(isOfRoot && text === shown);
    if (isOfRoot) shown = text;
    // Asked is only when the run rests: what it asks can be answered then, and not before.
    const questions = isOfRoot ? questionsIn(interrupts) : [];
    return [...(isNew ? [{ method: "values" as const, namespace, data: values }] : []), ...questions];
  }

  function questionsIn(interrupts: unknown): Told[] {
    return (Array.isArray(interrupts) ? (interrupts as Interrupt[]) : []).flatMap(({ id, value }): Told[] => {
      if (id === undefined || asked.has(id)) return [];
      asked.add(id);
      const namespace = askedIn.get(id) ?? [];
      return [{ method: "input.requested", namespace, data: { interrupt_id: id, payload: value } }];
    });
  }

  function updatesTold(namespace: readonly string[], data: JsonObject): Told[] {
    const { __metadata__: about, __interrupt__: interrupts, ...byNode } = data;
    const updates = Object.entries(byNode);
    if ((Object(about) as { cached?: unknown }).cached === true) {
      for (const [, values] of updates) calls?.answered((Object(values) as { messages?: unknown }).messages);
      // An earlier run told it.
      return [];
    }
    for (const { id } of (interrupts ?? []) as Interrupt[]) if (!askedIn.has(id)) askedIn.set(id, namespace);
    return updates.map(([node, values]) => ({ method: "updates", namespace, node, data: { node, values } }));
  }

  async function taskTold(namespace: readonly string[], task: Task): Promise<Told[]> {
    const own = taskNamespace(namespace, task);
    const isDone = "result" in task && (task.interrupts ?? []).length === 0;
    return [
      { method: "tasks", namespace, data: task },
      ...((await calls?.task(namespace, task)) ?? []),
      ...(isDone ? [...messages.finish(own), lifecycle(own, "completed")] : []),
    ];
  }

  return {
    async next(event) {
      const told = await translate(event);
      if (event.event === "values") {
        const before = held;
        held = told;
        return namespaces.inOrder(before);
      }
      const isOfStep = event.event === "checkpoints" && sameNamespace(held, event.namespace);
      const all = isOfStep ? [...told, ...held] : [...held, ...told];
      held = [];
      return namespaces.inOrder(all);
    },

    end(as) {
      const rest = held;
      held = [];
      const why = as === "failed" ? "The run failed." : "The run was stopped.";
      const said = as === "completed" ? messages.finish([]) : messages.fail(why);
      const last = namespaces.inOrder([...rest, ...said]);
      return [...last, ...namespaces.inOrder(namespaces.ends(as))];
    },

    rest: (values) => namespaces.inOrder(valuesTold([], values)),
  };
}

interface Interrupt {
  id?: string;
  value?: unknown;
}

interface Checkpoint {
  metadata?: { step?: number; source?: string };
  checkpoint?: { checkpoint_id?: string };
  parent_checkpoint?: { checkpoint_id?: string };
}

/** Which it is, without what stands in it. */
function envelopeOf({ metadata, checkpoint, parent_checkpoint: parent }: Checkpoint): object {
  return {
    id: checkpoint?.checkpoint_id,
    ...(parent?.checkpoint_id ? { parent_id: parent.checkpoint_id } : {}),
    step: metadata?.step,
    source: metadata?.source,
  };
}

/** As extensions of a graph emit it: for a channel of its own. */
function isNamed(data: unknown): boolean {
  const { name } = Object(data) as { name?: unknown };
  return typeof name === "string" && "payload" in Object(data);
}

function sameNamespace(held: readonly Told[], namespace: readonly string[]): boolean {
  return held.length > 0 && held[0]?.namespace.join("|") === namespace.join("|");
}
