export function KeyList({ close }: { close(): void }) {
  const keys = [
    ["j k", "next, previous"],
    ["Enter", "into the hold"],
    ["a e r d", "approve, change, reject, answer instead"],
    ["y n t", "it happened, it did not, try again"],
    ["m", "have it to yourself; give it back"],
    ["h", "hand it on"],
    ["q", "ask the agent"],
    ["u", "take the last decision back"],
    ["1 – 9", "words to reject with"],
    ["c", "the conversation, and what was decided before"],
    ["Enter", "confirm an approval"],
    ["Ctrl Enter", "send what was typed"],
    ["Esc", "back"],
  ] as const;
  return (
    <section className="keys" aria-label="Keys">
      <dl>
        {keys.map(([key, what]) => (
          <div key={what}>
            <dt>
              {key.split(" ").map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
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
