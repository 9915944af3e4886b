// Commands as the runs they ask for: a command opens no door that `POST /threads/:id/runs` does not have.
import { z } from "zod";
import { HoldpointError } from "../../kernel/errors.js";
import type { Thread } from "../../storage/thread-rows.js";
import { runCreateSchema, type RunCreate } from "../contract.js";
import { runStartSchema, type InputRespond, type RunStart } from "../contract/protocol.js";
import { unsupported } from "../run-request.js";

/** What is asked of a graph. Input is input, also where something waits: only `input.respond` answers. */
export function runToStart(start: RunStart): RunCreate {
  const { assistant_id, input, config, metadata, multitaskStrategy, langsmith_tracer, ...others } = start;
  for (const [name, value] of Object.entries(others)) {
    if (value === undefined || value === null) continue;
    throw unsupported(`params.${name}`, `run.start takes ${Object.keys(runStartSchema.shape).join(", ")}.`);
  }
  return checked({
    assistant_id,
    input,
    metadata,
    langsmith_tracer,
    multitask_strategy: multitaskStrategy,
    ...configAndFork(config),
    if_not_exists: "create",
  });
}

/** Answers, each by the id of what it answers. */
export function runToRespond(
  { metadata, graphId }: Thread,
  { responses, config, update, goto, metadata: notes }: InputRespond,
): RunCreate {
  const assistantId = metadata["assistant_id"];
  const ids = responses.map(({ interrupt_id: id }) => id);
  for (const id of ids) {
    // Text of another form would be read as a bare answer, to whatever waits.
    if (!/^[0-9a-f]{32}$/.test(id)) throw noSuchInterrupt(id);
  }
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined)
    throw new HoldpointError("request_invalid", `Interrupt ${twice} has two answers. Send one.`);
  return checked({
    assistant_id: typeof assistantId === "string" ? assistantId : graphId,
    command: {
      resume: Object.fromEntries(
        responses.map(({ interrupt_id, response = null }) => [interrupt_id, response]),
      ),
      ...(update ? { update } : {}),
      ...(goto === undefined || goto === null ? {} : { goto }),
    },
    metadata: notes,
    ...configAndFork(config),
  });
}

/** Here a fork is named among the caller's own configuration; at the other door it has a field. */
function configAndFork(config: RunStart["config"]): Pick<RunCreate, "config" | "checkpoint"> {
  const { checkpoint_id, checkpoint_ns, checkpoint_map, ...configurable } = config?.configurable ?? {};
  return {
    ...(config ? { config: { ...config, configurable } } : {}),
    checkpoint: { checkpoint_id, checkpoint_ns, checkpoint_map } as RunCreate["checkpoint"],
  };
}

function checked(run: object): RunCreate {
  return parseParams(runCreateSchema, run);
}

export function parseParams<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new HoldpointError(
    "request_invalid",
    `The command's params have the wrong shape. ${z.prettifyError(parsed.error)}`,
    {
      details: {
        errors: parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message })),
      },
    },
  );
}

function noSuchInterrupt(id: string): HoldpointError {
  return new HoldpointError(
    "request_invalid",
    `Nothing with the id ${id} waits. The ids are those of the \`input.requested\` events, and of the tasks of the thread's state.`,
    { details: { pending: [] } },
  );
}
