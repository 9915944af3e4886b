import { useId } from "react";
import type { DecisionRequest } from "../api.js";
import { useKept } from "../../react/kept.js";
import type { Act } from "./acts.js";
import { Frame, type StepProps } from "./frame.js";

/** An answer that is words. */
export function Words({
  label,
  type,
  field,
  isNeeded = false,
  ...frame
}: StepProps & {
  title: string;
  label: string;
  confirm: string;
  tone: Act["tone"];
  type: DecisionRequest["type"];
  field: "reason" | "message" | "value";
  isNeeded?: boolean;
}) {
  const [words, setWords] = useKept(`${frame.own} ${type}`, () => "");
  const id = useId();
  const said = words.trim();
  return (
    <Frame
      {...frame}
      isReady={!isNeeded || said !== ""}
      act={() =>
        frame.send({ type, ...(said === "" ? {} : { [field]: field === "value" ? jsonOr(said) : said }) })
      }
    >
      <label htmlFor={id}>{label}</label>
      <textarea id={id} rows={3} autoFocus value={words} onChange={({ target }) => setWords(target.value)} />
    </Frame>
  );
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
