// Everything that can be done here and now, found by typing. The focus stays in the field; arrows go through the list.
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { api, type ReviewTally, type SavedView } from "../api.js";
import { Keycaps } from "../keycaps.js";
import type { Place } from "../router.js";
import { visible } from "../../react/text.js";
import { filterItems, fitting, heardIn, placesIn, stopItems, viewItems, type Item } from "./items.js";
import type { Stoppable } from "../stops/words.js";
import { Modal, useDialog } from "./modal.js";

export function Palette({
  place,
  stop,
  deputise,
  signOut,
  closed,
}: {
  place: Place;
  /** Null for whoever may not. */
  stop: ((what: Stoppable) => void) | null;
  /** Null for whoever decides nothing. */
  deputise: (() => void) | null;
  /** Null where nobody signed in. */
  signOut: (() => void) | null;
  closed(): void;
}) {
  const dialog = useDialog(closed);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const { views, tally } = useQueueWords();
  // What was heard when it was opened: meanwhile the page behind it is at rest.
  const [here] = useState(() => heardIn(place));
  const id = useId();
  const found = useMemo(() => {
    const you: Item[] = [
      ...(deputise ? [itemOfYou("Somebody decides in my stead…", deputise)] : []),
      ...(signOut ? [itemOfYou("Sign out", signOut)] : []),
    ];
    const stops = stop ? stopItems(tally, stop) : [];
    const all = [...here, ...viewItems(views), ...(tally ? filterItems(tally, place) : []), ...stops, ...you];
    return [...placesIn(typed), ...fitting(all, typed)];
  }, [here, views, tally, place, stop, deputise, signOut, typed]);
  const current = Math.min(at, found.length - 1);

  const choose = (item: Item | undefined): void => {
    if (!item) return;
    // The focus is back where it was before anything is done there.
    dialog.close();
    item.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setAt((current + step + found.length) % found.length);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      choose(found[current]);
    }
  };

  return (
    <Modal label="Commands" className="palette" toggledBy="Ctrl k" dialog={dialog}>
      <input
        type="text"
        role="combobox"
        aria-label="What to do, or the id of a hold"
        placeholder="What to do, or the id of a hold"
        aria-autocomplete="list"
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={current >= 0 ? `${id}-${current}` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <p className="sr" role="status">
        {found.length} found
      </p>
      <div role="listbox" id={`${id}-list`} aria-label="Commands" className="commands">
        {inGroups(found).map(({ group, from, items }) => (
          <div role="group" aria-label={group} key={`${group} ${from}`}>
            <p className="group" aria-hidden="true">
              {group}
            </p>
            {items.map((item, index) => (
              <Option
                key={`${item.group} ${item.words}`}
                id={`${id}-${from + index}`}
                item={item}
                isAt={from + index === current}
                point={() => setAt(from + index)}
                choose={() => choose(item)}
              />
            ))}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="none">Nothing that can be done here is called that.</p>}
    </Modal>
  );
}

function itemOfYou(words: string, run: () => void): Item {
  return { group: "You", words, run };
}

function Option({
  id,
  item: { words, key, count },
  isAt,
  point,
  choose,
}: {
  id: string;
  item: Item;
  isAt: boolean;
  point(): void;
  choose(): void;
}) {
  const option = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isAt) option.current?.scrollIntoView({ block: "nearest" });
  }, [isAt]);
  return (
    <div
      ref={option}
      role="option"
      id={id}
      aria-selected={isAt}
      aria-keyshortcuts={key}
      className="command"
      onMouseMove={point}
      onMouseDown={(event) => event.preventDefault()}
      onClick={choose}
    >
      <bdi>{visible(words)}</bdi>
      {count !== undefined && <span className="count">{count.toLocaleString()}</span>}
      {key !== undefined && (
        <span className="caps">
          <Keycaps of={key} />
        </span>
      )}
    </div>
  );
}

/** Neighbours of one group together, in the order in which they were found. */
function inGroups(found: readonly Item[]): { group: string; from: number; items: Item[] }[] {
  const groups: { group: string; from: number; items: Item[] }[] = [];
  for (const [from, item] of found.entries()) {
    const last = groups.at(-1);
    if (last?.group === item.group) last.items.push(item);
    else groups.push({ group: item.group, from, items: [item] });
  }
  return groups;
}

/** The reader's views and the figures of the queue. Where the server is away there are none, and the page says so. */
function useQueueWords(): { views: readonly SavedView[]; tally: ReviewTally | null } {
  const [views, setViews] = useState<readonly SavedView[]>([]);
  const [tally, setTally] = useState<ReviewTally | null>(null);
  useEffect(() => {
    const isAway = (): void => undefined;
    api.views().then(({ items }) => setViews(items), isAway);
    api.figures().then(setTally, isAway);
  }, []);
  return { views, tally };
}
