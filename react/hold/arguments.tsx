import { Foreign, visible } from "../text.js";
import { namesIn } from "./fields.js";
import type { HeldCall } from "./held-call.js";
import { inWords } from "./in-words.js";

/** @param without the one that is shown elsewhere. */
export function Arguments({
  hold: { args, argsSchema },
  without,
}: {
  hold: HeldCall;
  without?: string | undefined;
}) {
  const names = namesIn(argsSchema, args).filter((name) => args[name] !== undefined && name !== without);
  return (
    <dl className="hp-args">
      {names.map((name) => (
        <div key={name}>
          <dt>
            <bdi>{visible(argsSchema.properties?.[name]?.title ?? inWords(name))}</bdi>
          </dt>
          <dd>
            <Foreign text={shown(args[name])} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return JSON.stringify(value, null, 2);
}
