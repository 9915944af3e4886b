// Arguments, each as what it is.
import { Foreign, visible } from "../../react/text.js";

/** @param elsewhere the one that is read in full above. */
export function Args({ args, elsewhere }: { args: Record<string, unknown>; elsewhere?: string | undefined }) {
  const entries = Object.entries(args);
  if (entries.length === 0) return <p className="muted">Without arguments.</p>;
  return (
    <dl className="args">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>
            <bdi>{visible(name)}</bdi>
          </dt>
          <dd>
            {name === elsewhere ? <span className="muted">the words above</span> : <Value value={value} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value }: { value: unknown }) {
  if (typeof value === "string") return <Text value={value} />;
  if (typeof value === "number") return <span className="number">{String(value)}</span>;
  if (typeof value === "boolean") return <span>{value ? "yes" : "no"}</span>;
  if (value === null) return <span className="muted">nothing</span>;
  return <Foreign className="json" text={JSON.stringify(value, null, 2)} />;
}

/** One that reads as one of the words for other values says that it is a text. */
function Text({ value }: { value: string }) {
  if (value === "") return <span className="muted">empty text</span>;
  const readsOtherwise = ["yes", "no", "nothing", "true", "false", "null"].includes(value);
  return (
    <>
      <Foreign text={value} />
      {readsOtherwise && <span className="muted"> as text</span>}
    </>
  );
}
