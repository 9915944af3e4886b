// The fields in which arguments are changed: one for each text and number, rows for lists, one inside the other.
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Foreign, visible } from "../../react/text.js";
import type { Fault } from "../api.js";
import { Keycaps } from "../keycaps.js";
import {
  readLeaf,
  withoutRow,
  withRow,
  type Draft,
  type Leaf,
  type List,
  type Maybe,
  type Value,
} from "./args-draft.js";

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
  return <Fields fields={draft} faults={faults} isFirst change={change} />;
}

function Fields({
  fields,
  faults,
  isFirst,
  change,
}: {
  fields: Draft;
  faults: readonly Fault[];
  isFirst: boolean;
  change(fields: Draft): void;
}) {
  return (
    <div className="fields">
      {fields.map(({ name, about, isRequired, value }, index) => (
        <Part
          key={name}
          {...{ about, isRequired, value }}
          name={name}
          faults={within(faults, name)}
          isFirst={isFirst && index === 0}
          change={(next) =>
            change(fields.map((field) => (field.name === name ? { ...field, value: next } : field)))
          }
        />
      ))}
      <Faults of={faults.filter(({ path }) => !fields.some(({ name }) => leadsInto(path, name)))} />
    </div>
  );
}

/** What a path leads into; a name may have dots of its own. */
function leadsInto(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`);
}

/** The faults in it, by their paths from there; of itself, an empty one. */
function within(faults: readonly Fault[], name: string): Fault[] {
  return faults
    .filter(({ path }) => leadsInto(path, name))
    .map((fault) => ({ ...fault, path: fault.path.slice(name.length + 1) }));
}

function Faults({ of }: { of: readonly Fault[] }) {
  return of.map(({ path, message }) => (
    <p className="problem" key={`${path} ${message}`}>
      <Foreign text={faultText({ path, message })} />
    </p>
  ));
}

/** Of what is deep within, also where. */
function faultText({ path, message }: Fault): string {
  return path === "" ? message : `${path}: ${message}`;
}

interface PartProps {
  /** A row has its number. */
  name: string;
  about: string;
  isRequired: boolean;
  value: Value;
  faults: readonly Fault[];
  isFirst: boolean;
  /** It cannot be left out. */
  isRow?: true;
  change(value: Value): void;
}

function Part(props: PartProps) {
  const { name, about, isRequired, value, faults, isFirst, change } = props;
  switch (value.kind) {
    case "group":
      return (
        <fieldset className="group">
          <legend>
            <Named name={name} isRequired={isRequired} />
          </legend>
          {about && <p className="muted">{about}</p>}
          <Fields
            fields={value.fields}
            {...{ faults, isFirst }}
            change={(fields) => change({ ...value, fields })}
          />
        </fieldset>
      );
    case "list":
      return <Rows {...props} value={value} change={change} />;
    case "maybe":
      return <OrNone {...props} value={value} change={change} />;
    case "text":
    case "number":
    case "choice":
    case "json":
      return <Line {...props} value={value} set={(typed) => change({ ...value, typed })} />;
  }
}

function Named({ name, isRequired }: { name: string; isRequired: boolean }) {
  return (
    <>
      <bdi>{visible(name)}</bdi> {isRequired ? "" : <span className="muted">may be left out</span>}
    </>
  );
}

/** Whoever takes the tick away types next. */
function OrNone({ value, change, ...props }: Omit<PartProps, "value"> & { value: Maybe }) {
  const id = useId();
  const [isOpened, open] = useState(false);
  const { name, about, isRequired, isFirst, faults } = props;
  const tick = (isNone: boolean): void => {
    open(!isNone);
    change({ ...value, isNone });
  };
  return (
    <div className="maybe">
      {value.isNone ? (
        <div className="field">
          <span id={id}>
            <Named name={name} isRequired={isRequired} />
          </span>
          {about && <p className="muted">{about}</p>}
          <Faults of={faults} />
        </div>
      ) : (
        <Part
          {...props}
          value={value.of}
          isFirst={isFirst || isOpened}
          change={(of) => change({ ...value, of: of as Maybe["of"] })}
        />
      )}
      <label className="none">
        <input
          type="checkbox"
          checked={value.isNone}
          autoFocus={isFirst && value.isNone}
          onChange={({ target }) => tick(target.checked)}
        />{" "}
        none <span className="sr">for {visible(name)}</span>
      </label>
    </div>
  );
}

function Rows({
  name,
  about,
  isRequired,
  value,
  faults,
  isFirst,
  change,
}: Omit<PartProps, "value"> & { value: List }) {
  const whole = useRef<HTMLFieldSetElement>(null);
  /** Which row has the focus next; null where none is left. */
  const next = useRef<number | null | undefined>(undefined);
  useEffect(() => {
    const id = next.current;
    next.current = undefined;
    if (id === undefined) return;
    const field = `:scope > ol > [data-row="${id}"] :is(input, textarea, select)`;
    whole.current?.querySelector<HTMLElement>(id === null ? ":scope > .add" : field)?.focus();
  }, [value]);
  const add = (after: number | null): void => {
    const { list, id } = withRow(value, after);
    next.current = id;
    change(list);
  };
  const remove = (row: number): void => {
    const { list, id } = withoutRow(value, row);
    next.current = id;
    change(list);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!event.altKey || (event.key !== "Enter" && event.key !== "Backspace")) return;
    // The innermost list only.
    event.preventDefault();
    event.stopPropagation();
    const on = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
    const row = on && on.parentElement?.parentElement === whole.current ? Number(on.dataset["row"]) : null;
    if (event.key === "Enter") add(row);
    else if (row !== null) remove(row);
  };
  return (
    <fieldset className="group" ref={whole} onKeyDown={onKeyDown}>
      <legend>
        <Named name={name} isRequired={isRequired} />
      </legend>
      {about && <p className="muted">{about}</p>}
      <ol className="rows-of-list">
        {value.rows.map((row, index) => (
          <li key={row.id} data-row={row.id}>
            <Part
              name={`${name} ${index + 1}`}
              about=""
              isRequired
              isRow
              value={row.value}
              faults={within(faults, String(index))}
              isFirst={isFirst && index === 0}
              change={(one) =>
                change({
                  ...value,
                  rows: value.rows.map((other) => (other.id === row.id ? { ...row, value: one } : other)),
                })
              }
            />
            <button type="button" className="link" onClick={() => remove(row.id)}>
              Take out{" "}
              <span className="sr">
                {visible(name)} {index + 1}
              </span>{" "}
              <Keycaps of="Alt Backspace" />
            </button>
          </li>
        ))}
      </ol>
      <Faults
        of={faults.filter(({ path }) => !value.rows.some((_, index) => leadsInto(path, String(index))))}
      />
      <button
        type="button"
        className="link add"
        autoFocus={isFirst && value.rows.length === 0}
        onClick={() => add(null)}
      >
        Add <span className="sr">to {visible(name)}</span> <Keycaps of="Alt Enter" />
      </button>
    </fieldset>
  );
}

const unreadable = {
  text: "",
  number: "This is no number.",
  choice: "Choose one of them.",
  json: "This is no JSON.",
} as const;

function Line({
  name,
  about,
  isRequired,
  value,
  faults,
  isFirst,
  isRow,
  set,
}: Omit<PartProps, "value" | "change"> & { value: Leaf; set(typed: string): void }) {
  const id = useId();
  const { kind, typed, options } = value;
  const isUnreadable = (typed !== "" || isRow) && readLeaf(value) === undefined;
  const wrong = isUnreadable ? [unreadable[kind]] : faults.map(faultText);
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
        <Named name={name} isRequired={isRequired} />
      </label>
      {kind === "choice" ? (
        <select {...common} value={typed} onChange={({ target }) => set(target.value)}>
          {(!isRequired || typed === "") && <option value="">{isRequired ? "" : "left out"}</option>}
          {options.map((option) => (
            <option key={option.name} value={option.name}>
              {option.name}
            </option>
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
