export function KeyList({ close }: { close(): void }) {
  const keys = [
    ["j k", "next, previous"],
    ["Enter", "into the hold"],
    ["a e r d", "approve, change, reject, answer"],
    ["1 … 8", "pick an option of a question"],
    ["y n t", "it happened, it did not, try again"],
    ["m", "have it to yourself; give it back"],
    ["h", "hand it on"],
    ["q", "ask the agent"],
    ["u", "take the last decision back"],
    ["1 – 9", "words to reject with"],
    ["f", "narrow the queue"],
    ["s", "those that are like it, together"],
    ["c", "the conversation, and what was decided before"],
    ["v", "the whole conversation"],
    ["Enter", "confirm an approval"],
    ["Ctrl Enter", "send what was typed"],
    ["o b", "there: take it over, hand it back"],
    ["g q", "to the queue"],
    ["g b", "to the board"],
    ["Esc", "back"],
  ] as const;
  return (
    <section className="keys" aria-label="Keys">
      <dl>
        {keys.map(([key, what]) => (
          <div key={what}>
            <dt>{key.split(" ").map((one) => (one === "…" ? " … " : <kbd key={one}>{one}</kbd>))}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="link" onClick={close}>
        Close
      </button>
    </section>
  );
}
