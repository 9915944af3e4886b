// Arguments as fields, from the tool's JSON Schema. The server parses what comes out with the tool itself.
import { useId } from "react";
import { Foreign, visible } from "../../react/text.js";
import type { Fault } from "../api.js";

type Kind = "text" | "number" | "boolean" | "choice" | "json";

interface Field {
  name: string;
  kind: Kind;
  about: string;
  options: readonly string[];
  isRequired: boolean;
  typed: string;
}

export type Draft = readonly Field[];

interface PropertySchema {
  type?: string | string[];
  enum?: unknown[];
  description?: string;
}

export function draftOf(args: Record<string, unknown>, schema: Record<string, unknown> | null): Draft {
  const properties = (schema?.["properties"] ?? {}) as Record<string, PropertySchema>;
  const required = (schema?.["required"] ?? []) as string[];
  const names = [...new Set([...Object.keys(properties), ...Object.keys(args)])];
  return names.map((name) => {
    const property = properties[name] ?? {};
    const value = args[name];
    const kind = kindOf(property, value);
    return {
      name,
      kind,
      about: property.description ?? "",
      options: kind === "choice" ? (property.enum ?? []).map(String) : [],
      isRequired: required.includes(name),
      typed: kind === "json" && typeof value === "string" ? JSON.stringify(value) : typedFrom(value),
    };
  });
}

function typedFrom(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function kindOf({ type, enum: options }: PropertySchema, value: unknown): Kind {
  if (options?.every((option) => typeof option === "string")) return "choice";
  const named = type ?? (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
  if (named === "string") return "text";
  if (named === "number" || named === "integer") return "number";
  return named === "boolean" ? "boolean" : "json";
}

export interface Change {
  name: string;
  before: string;
  after: string;
}

/** What was typed as arguments, with what cannot be read and what differs from before. */
export function readDraft(
  draft: Draft,
  before: Record<string, unknown>,
): { args: Record<string, unknown>; faults: string[]; changes: Change[] } {
  const args: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const field of draft) {
    // Emptied, a text that may not be left out is an empty one.
    const isEmptyText = field.kind === "text" && (field.isRequired || before[field.name] === "");
    if (field.typed === "" && !isEmptyText) continue;
    const value = valueOf(field);
    if (value === undefined) faults.push(field.name);
    else args[field.name] = value;
  }
  const changes = draft.flatMap(({ name }) => {
    const [was, is] = [shownOf(before[name]), shownOf(args[name])];
    return was === is ? [] : [{ name, before: was, after: is }];
  });
  return { args, faults, changes };
}

function valueOf({ kind, typed }: Field): unknown {
  switch (kind) {
    case "text":
    case "choice":
      return typed;
    case "boolean":
      return typed === "true";
    case "number":
      return typed.trim() !== "" && Number.isFinite(Number(typed)) ? Number(typed) : undefined;
    case "json":
      try {
        return JSON.parse(typed) as unknown;
      } catch {
        return undefined;
      }
  }
}

function shownOf(value: unknown): string {
  if (value === undefined) return "left out";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** @param faults what the server found, shown at the field it is in, or that it is deep within. */
export function ArgsForm({
  draft,
  faults,
  change,
}: {
  draft: Draft;
  faults: readonly Fault[];
  change(draft: Draft): void;
}) {
  const set = (name: string, typed: string): void =>
    change(draft.map((field) => (field.name === name ? { ...field, typed } : field)));
  return (
    <div className="fields">
      {draft.map((field, index) => (
        <Line
          key={field.name}
          field={field}
          faults={faults.filter(({ path }) => fieldOf(path, draft) === field.name)}
          isFirst={index === 0}
          set={(typed) => set(field.name, typed)}
        />
      ))}
      {faults
        .filter(({ path }) => fieldOf(path, draft) === null)
        .map(({ path, message }) => (
          <p className="problem" key={`${path} ${message}`}>
            <Foreign text={`${path} ${message}`} />
          </p>
        ))}
    </div>
  );
}

/** The field that a path leads into; a name may have dots of its own. */
function fieldOf(path: string, draft: Draft): string | null {
  return draft.find(({ name }) => path === name || path.startsWith(`${name}.`))?.name ?? null;
}

/** A fault in the words of its field: of what is deep within, also where. */
function faultText({ path, message }: Fault, name: string): string {
  return path === name ? message : `${path.slice(name.length + 1)}: ${message}`;
}

function Line({
  field,
  faults,
  isFirst,
  set,
}: {
  field: Field;
  faults: readonly Fault[];
  isFirst: boolean;
  set(typed: string): void;
}) {
  const id = useId();
  const { name, kind, about, isRequired, typed, options } = field;
  const isUnreadable = typed !== "" && valueOf(field) === undefined;
  const wrong = isUnreadable
    ? [kind === "number" ? "This is no number." : "This is no JSON."]
    : faults.map((fault) => faultText(fault, name));
  const isWrong = wrong.length > 0;
  const common = {
    id,
    autoFocus: isFirst,
    "aria-invalid": isWrong,
    "aria-describedby": about || isWrong ? `${id}-about` : undefined,
  };
  return (
    <div className="field">
      <label htmlFor={id}>
        <bdi>{visible(name)}</bdi> {isRequired ? "" : <span className="muted">may be left out</span>}
      </label>
      {kind === "choice" || kind === "boolean" ? (
        <select {...common} value={typed} onChange={({ target }) => set(target.value)}>
          {!isRequired && <option value="">left out</option>}
          {(kind === "boolean" ? ["true", "false"] : options).map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : kind === "number" ? (
        <input {...common} inputMode="decimal" value={typed} onChange={({ target }) => set(target.value)} />
      ) : (
        <textarea
          {...common}
          rows={Math.min(12, Math.max(1, typed.split("\n").length, Math.ceil(typed.length / 60)))}
          className={kind === "json" ? "json" : ""}
          value={typed}
          onChange={({ target }) => set(target.value)}
        />
      )}
      {(about || isWrong) && (
        <p id={`${id}-about`} className={isWrong ? "problem" : "muted"}>
          {isWrong ? wrong.join(" ") : about}
        </p>
      )}
    </div>
  );
}
