// What is critical is released by typing what it is about: a hand on the keys moves faster than an eye reads.
import { useId, useState } from "react";
import { legible, visible } from "../../react/text.js";
import type { Level } from "../words.js";

export interface TypedTarget {
  /** Null where nothing has to be typed. */
  target: string | null;
  typed: string;
  isRight: boolean;
  type(words: string): void;
}

export function useTypedTarget(level: Level, about: string): TypedTarget {
  const [typed, type] = useState("");
  const target = level === "critical" ? about : null;
  return { target, typed, isRight: target === null || legible(typed) === legible(target), type };
}

export function TargetField({ of, focuses = false }: { of: TypedTarget; focuses?: boolean }) {
  const id = useId();
  if (of.target === null) return null;
  return (
    <div className="field">
      <label htmlFor={id}>
        This is critical. Type{" "}
        <strong className="target">
          <bdi>{visible(of.target)}</bdi>
        </strong>{" "}
        to approve it.
      </label>
      <input
        id={id}
        value={of.typed}
        autoFocus={focuses}
        autoComplete="off"
        spellCheck={false}
        onChange={({ target: { value } }) => of.type(value)}
      />
    </div>
  );
}
