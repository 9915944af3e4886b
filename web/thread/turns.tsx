// The turns of a thread: only a screenful of them is in the page, however many there are.
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef } from "react";
import { Decide } from "./call.js";
import { isSame, type Entry } from "./entries.js";
import { Turn } from "./turn.js";
import type { ReadStory } from "./use-story.js";
import { visible } from "../../react/text.js";

const usualHeight = 120;
/** So near to its end, a reader is taken for one who follows. */
const followPx = 80;

export function Turns({
  story,
  selected,
  select,
}: {
  story: ReadStory;
  selected: Entry | null;
  select(entry: Entry): void;
}) {
  const { total, turns, waiting, see } = story;
  const scroller = useRef<HTMLDivElement>(null);
  const count = total + waiting.length;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => usualHeight,
    overscan: 6,
    paddingEnd: 24,
    // The one that has the focus stays in the page, wherever the reader scrolls.
    rangeExtractor(range) {
      const shown = defaultRangeExtractor(range);
      const at = selected?.turn;
      return at === undefined || at >= count || shown.includes(at)
        ? shown
        : [...shown, at].toSorted((a, b) => a - b);
    },
  });
  const seen = virtual.getVirtualItems();
  const first = seen[0]?.index ?? 0;
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => see(first, last), [first, last, see]);

  // At its end a conversation is read as it goes on; who reads further up is left where they are.
  const follows = useRef(true);
  const size = virtual.getTotalSize();
  useLayoutEffect(() => {
    const toEnd = (): void => {
      if (follows.current && count > 0) virtual.scrollToIndex(count - 1, { align: "end" });
    };
    toEnd();
    const resized = new ResizeObserver(toEnd);
    if (scroller.current) resized.observe(scroller.current);
    return () => resized.disconnect();
  }, [count, size, virtual]);

  const name = selected && `${selected.turn} ${selected.call}`;
  useEffect(() => {
    if (!selected || name === null) return;
    follows.current = false;
    virtual.scrollToIndex(selected.turn, { align: "auto" });
    requestAnimationFrame(() => {
      const entry = scroller.current?.querySelector<HTMLElement>(`[data-entry="${name}"]`);
      entry?.focus({ preventScroll: true });
      entry?.scrollIntoView({ block: "nearest" });
    });
    // A turn that is read only now is focused when it is there.
  }, [name, turns.has(selected?.turn ?? -1)]);

  return (
    <div
      ref={scroller}
      className="turns"
      tabIndex={-1}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < followPx;
      }}
    >
      <ol style={{ height: size }} aria-label="Turns">
        {seen.map(({ index, start, key }) => {
          const turn = turns.get(index);
          const hold = waiting[index - total];
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              style={{ transform: `translateY(${start}px)` }}
              aria-setsize={count}
              aria-posinset={index + 1}
              onFocus={({ target }) => {
                const [at, call] = (
                  target.closest<HTMLElement>("[data-entry]")?.dataset["entry"] ?? ""
                ).split(" ");
                const entry = { turn: Number(at), call: Number(call) };
                if (call !== undefined && !isSame(selected, entry)) select(entry);
              }}
            >
              {turn ? (
                <Turn turn={turn} moments={story.moments} {...{ selected }} again={story.again} />
              ) : hold ? (
                <section
                  className={`call waits ${selected?.turn === index ? "selected" : ""}`}
                  data-entry={`${index} -1`}
                  tabIndex={-1}
                  aria-label={hold.title}
                >
                  <h3>
                    <bdi>{visible(hold.title)}</bdi>
                  </h3>
                  <Decide hold={hold} />
                </section>
              ) : (
                <div className="skeleton" role="progressbar" aria-label="Loading" />
              )}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
