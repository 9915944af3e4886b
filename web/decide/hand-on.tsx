// Giving the decision to somebody else: up the ladder under a number key, or to a person by name.
import { useId } from "react";
import { api, type Addressee } from "../api.js";
import { useKept } from "../../react/kept.js";
import { visible } from "../../react/text.js";
import { Frame, type StepProps } from "./frame.js";
import { optionAt, Options } from "./options.js";
import { peopleIn } from "./people.js";

export function HandOn(props: StepProps) {
  const { own, review, context, run, passedOn } = props;
  const [person, setPerson] = useKept(`${own} person`, () => "");
  const [tier, setTier] = useKept<string | null>(`${own} tier`, () => null);
  const [note, setNote] = useKept(`${own} note`, () => "");
  const id = useId();
  const tiers = (context?.instructions?.tiers ?? []).filter((name) => name !== review.tier);
  const people = peopleIn(context);
  const name = person.trim();
  const isUnknown = name !== "" && !people.includes(name) && !isOfKey(name);
  const to = addresseeOf(tier, person);
  const choose = (name: string): void => {
    setTier(name);
    setPerson("");
    document.getElementById(`${id}-person`)?.focus();
  };
  const handOn = async (whom: Addressee): Promise<void> => {
    const said = note.trim();
    await api.handOn(review.id, { to: whom, ...(said === "" ? {} : { note: said }) });
    passedOn(`Handed on to ${nameOf(whom)}: ${review.title}`);
  };
  return (
    <Frame
      {...props}
      title="Hand it on"
      confirm={to ? `Hand on to ${nameOf(to)}` : "Hand on"}
      tone="plain"
      isReady={to !== null}
      act={async () => {
        if (to) await run(() => handOn(to));
      }}
    >
      <Options label="Up the ladder" options={tiers} chosen={tier} choose={choose} />
      <div className="field">
        <label htmlFor={`${id}-person`}>
          {tiers.length > 0 ? "Or to a person, by their id" : "To whom: their id"}
        </label>
        <input
          id={`${id}-person`}
          value={person}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          list={`${id}-people`}
          onChange={({ target }) => {
            setPerson(target.value);
            setTier(null);
          }}
          onKeyDown={(event) => {
            const name = person === "" ? optionAt(tiers, event) : undefined;
            if (name === undefined) return;
            event.preventDefault();
            choose(name);
          }}
        />
        <datalist id={`${id}-people`}>
          {people.map((known) => (
            <option key={known} value={known} />
          ))}
        </datalist>
        {isUnknown && (
          <p className="muted" role="status">
            Whether there is an account <bdi>{visible(name)}</bdi> is not known here: if it is misspelt,
            nobody decides this for hours. You can take it back.
          </p>
        )}
      </div>
      <div className="field">
        <label htmlFor={`${id}-note`}>
          A note for them <span className="muted">may be left out</span>
        </label>
        <textarea id={`${id}-note`} rows={2} value={note} onChange={({ target }) => setNote(target.value)} />
      </div>
    </Frame>
  );
}

/** Or becomes one, where it is typed on. The server knows all keys, and refuses one that it does not have. */
function isOfKey(name: string): boolean {
  return "key:".startsWith(name.slice(0, "key:".length));
}

function addresseeOf(tier: string | null, person: string): Addressee | null {
  if (tier !== null) return { tier };
  return person.trim() === "" ? null : { person: person.trim() };
}

function nameOf(to: Addressee): string {
  return "tier" in to ? to.tier : to.person;
}
