// Arguments, each as what it is.
import { Foreign, visible } from "../text.js";

export function Args({ args }: { args: Record<string, unknown> }) {
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
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value }: { value: unknown }) {
  if (typeof value === "string")
    return value === "" ? <span className="muted">empty text</span> : <Foreign text={value} />;
  if (typeof value === "number") return <span className="number">{String(value)}</span>;
  if (typeof value === "boolean") return <span>{value ? "yes" : "no"}</span>;
  if (value === null) return <span className="muted">nothing</span>;
  return <Foreign className="json" text={JSON.stringify(value, null, 2)} />;
}
