import { useEffect, useRef } from "react";
import type { Review } from "../api.js";
import { Foreign, visible } from "../../react/text.js";
import { usePicked, type Option } from "./asked.js";

/** Each under a number key. Which one is picked is sent with the answer, and picking it again takes it back. */
export function Options({ review, options }: { review: Review; options: readonly Option[] }) {
  const [picked, pick] = usePicked(review);
  const list = useRef<HTMLOListElement>(null);
  const waits = review.status === "open" || review.status === "claimed";
  useEffect(() => {
    list.current?.querySelector(".picked")?.scrollIntoView({ block: "nearest" });
  }, [picked]);
  return (
    <ol className="options" ref={list}>
      {options.map((option, index) => {
        const isPicked = picked === option.label;
        const key = String(index + 1);
        return (
          <li key={option.label} className={isPicked ? "picked" : ""}>
            <button
              type="button"
              aria-pressed={isPicked}
              aria-keyshortcuts={key}
              disabled={!waits}
              onClick={() => pick(isPicked ? null : option.label)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
                event.preventDefault();
                document.querySelector<HTMLFormElement>("form.reply")?.requestSubmit();
              }}
            >
              <kbd>{key}</kbd>
              <bdi>{visible(option.label)}</bdi>
              {isPicked && <span className="is-picked">picked</span>}
            </button>
            <About option={option} />
          </li>
        );
      })}
    </ol>
  );
}

function About({ option: { rationale, cost, evidence } }: { option: Option }) {
  const said = [
    ["for and against", rationale],
    ["cost", cost],
    ["evidence", evidence],
  ].filter((one): one is [string, string] => one[1] !== undefined);
  if (said.length === 0) return null;
  return (
    <dl>
      {said.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Foreign text={text} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
