// What narrows the queue: views that were kept, what is in force, and a panel to change it.
import { useEffect, useId, useRef, useState, type FormEvent } from "react";
import type { QueueFilter, ReviewTally, SavedView } from "../api.js";
import { mostNumbered } from "../commands.js";
import { Keycaps } from "../keycaps.js";
import { useKeys } from "../keys.js";
import { levels } from "../words.js";
import { sameFilter, wordsOf, type FilterName } from "./filter.js";
import type { Views } from "./use-views.js";

export function Filters({
  tally,
  filter,
  change,
  views,
}: {
  tally: ReviewTally | null;
  filter: QueueFilter;
  change(filter: QueueFilter): void;
  views: Views;
}) {
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setOpen(false);
    opener.current?.focus();
  };
  const inForce = Object.keys(filter) as FilterName[];
  const last = inForce.at(-1);
  const current = viewOf(views, filter);
  const numbered = views.items.slice(0, mostNumbered);
  useKeys({
    f: () => setOpen((open) => !open),
    ...(last ? { Backspace: () => change(without(filter, last)) } : {}),
    ...(views.items.length > 0 ? { "z 0": () => change({}) } : {}),
    ...Object.fromEntries(numbered.map((view, index) => [`z ${index + 1}`, () => change(view.filter)])),
    ...(current ? { "z x": () => void views.remove(current.name) } : {}),
  });
  return (
    <>
      <div className="filters">
        {views.items.length > 0 && (
          <View name="All" keys="z 0" isIt={inForce.length === 0} choose={() => change({})} />
        )}
        {views.items.map((view, index) => (
          <View
            key={view.name}
            name={view.name}
            keys={index < mostNumbered ? `z ${index + 1}` : null}
            isIt={sameFilter(view.filter, filter)}
            choose={() => change(view.filter)}
          />
        ))}
        {inForce.map((name) => (
          <button
            type="button"
            key={name}
            className="chip"
            aria-label={`Remove: ${wordsOf(filter, name)}`}
            aria-keyshortcuts={name === last ? "Backspace" : undefined}
            onClick={() => change(without(filter, name))}
          >
            {wordsOf(filter, name)}{" "}
            {name === last ? <Keycaps of="Backspace" /> : <span aria-hidden="true">×</span>}
          </button>
        ))}
        <button
          ref={opener}
          type="button"
          className="link"
          aria-expanded={isOpen}
          aria-keyshortcuts="f"
          onClick={() => setOpen(!isOpen)}
        >
          Filter <kbd>f</kbd>
        </button>
      </div>
      {isOpen && <Panel {...{ tally, filter, change, views, close }} />}
    </>
  );
}

function View({
  name,
  keys,
  isIt,
  choose,
}: {
  name: string;
  /** Null for what comes after the last number. */
  keys: string | null;
  isIt: boolean;
  choose(): void;
}) {
  return (
    <button type="button" className="chip view" aria-pressed={isIt} onClick={choose}>
      {name} {keys !== null && <Keycaps of={keys} />}
    </button>
  );
}

const ages = [15, 60, 480, 1_440] as const;
const shares = [0.5, 0.7, 0.9] as const;

function Panel({
  tally,
  filter,
  change,
  views,
  close,
}: {
  tally: ReviewTally | null;
  filter: QueueFilter;
  change(filter: QueueFilter): void;
  views: Views;
  close(): void;
}) {
  const panel = useRef<HTMLDivElement>(null);
  useKeys({ Escape: close });
  useEffect(() => panel.current?.querySelector("select")?.focus(), []);
  const choice = (name: FilterName, label: string, options: readonly Option[]) => {
    const value = filter[name];
    const isListed = value === undefined || options.some((option) => option.value === value);
    return (
      <Choice
        label={label}
        value={value}
        options={isListed ? options : [{ value, words: String(value) }, ...options]}
        choose={(next) => change(next === undefined ? without(filter, name) : { ...filter, [name]: next })}
      />
    );
  };
  return (
    <div ref={panel} className="filter-panel" role="group" aria-label="Filter the queue">
      {choice(
        "level",
        "Risk",
        levels.filter((level) => tally?.byLevel[level]).map((level) => counted(level, tally?.byLevel)),
      )}
      {choice("graph_id", "Agent", named(tally?.byGraph))}
      {choice("tool", "Tool", named(tally?.byTool))}
      {choice("tier", "Tier", named(tally?.byTier))}
      {choice("claimed", "Whose", [
        { value: "mine", words: "mine" },
        { value: "none", words: "nobody's" },
      ])}
      {choice("asked", "Asked", [{ value: "me", words: "of me" }])}
      {choice(
        "older_than",
        "Has waited",
        ages.map((value) => ({ value, words: wordsOf({ older_than: value }, "older_than") })),
      )}
      {choice(
        "confidence_below",
        "The agent is sure",
        shares.map((value) => ({ value, words: wordsOf({ confidence_below: value }, "confidence_below") })),
      )}
      <Keep filter={filter} views={views} />
      <button type="button" className="link" onClick={close}>
        Close <kbd>Esc</kbd>
      </button>
    </div>
  );
}

interface Option {
  value: string | number;
  words: string;
}

function named(counts: Record<string, number> | undefined): Option[] {
  return Object.keys(counts ?? {})
    .toSorted((a, b) => a.localeCompare(b))
    .map((name) => counted(name, counts));
}

function counted(value: string, counts: Record<string, number> | undefined): Option {
  return { value, words: `${value} (${counts?.[value] ?? 0})` };
}

function Choice({
  label,
  value,
  options,
  choose,
}: {
  label: string;
  value: string | number | undefined;
  options: readonly Option[];
  choose(value: string | number | undefined): void;
}) {
  return (
    <label className="choice">
      <span>{label}</span>
      <select
        value={value ?? ""}
        onChange={({ target }) =>
          choose(options.find((option) => String(option.value) === target.value)?.value)
        }
      >
        <option value="">any</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Keeps what is in force under a name, or forgets a view. */
function Keep({ filter, views }: { filter: QueueFilter; views: Views }) {
  const [name, setName] = useState("");
  const id = useId();
  const current = viewOf(views, filter);
  if (current) {
    return (
      <p className="keep">
        This is your view <strong>{current.name}</strong>.{" "}
        <button type="button" className="link" onClick={() => void views.remove(current.name)}>
          Forget it <Keycaps of="z x" />
        </button>
      </p>
    );
  }
  if (Object.keys(filter).length === 0) return null;
  const keep = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== "") void views.save(name.trim(), filter).then(() => setName(""));
  };
  return (
    <form className="keep" onSubmit={keep}>
      <label htmlFor={id}>Keep this view as</label>
      <input id={id} value={name} maxLength={60} onChange={({ target }) => setName(target.value)} />
      <button type="submit" className="act plain" disabled={name.trim() === ""}>
        Keep
      </button>
      {views.problem && (
        <p className="problem" role="alert">
          {views.problem}
        </p>
      )}
    </form>
  );
}

function viewOf(views: Views, filter: QueueFilter): SavedView | undefined {
  return views.items.find((view) => sameFilter(view.filter, filter));
}

function without(filter: QueueFilter, name: FilterName): QueueFilter {
  const { [name]: _, ...rest } = filter;
  return rest;
}
