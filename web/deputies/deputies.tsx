// Who decides in the reader's stead, and in whose the reader does: seen, taken back and given in one dialog.
import { useRef, useState, type KeyboardEvent } from "react";
import { api, Problem, type Deputy, type Me } from "../api.js";
import { mostNumbered } from "../commands.js";
import { isOperator } from "../operator.js";
import { Modal, useDialog } from "../palette/modal.js";
import { Moment, Person } from "../text.js";
import { useFresh } from "../use-fresh.js";
import { Foreign, visible } from "../../react/text.js";
import { GiveDeputy } from "./give-deputy.js";

export function Deputies({ me, closed }: { me: Me; closed(): void }) {
  const dialog = useDialog(closed);
  const { seen, problem, again } = useFresh("deputies", api.deputies);
  const [refused, setRefused] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const mayRemove = (side: Deputy["side"]): boolean => side === "given" || isOperator(me);
  const deputies = seen?.items ?? [];
  const removable = sides
    .filter(mayRemove)
    .flatMap((side) => deputies.filter((one) => one.side === side))
    .slice(0, mostNumbered);
  const list = useRef<HTMLDivElement>(null);
  const remove = (deputy: Deputy): void => {
    api.removeDeputy(deputy.id).then(
      () => {
        setRefused(null);
        setSaid(`${deputy.to} no longer decides in the stead of ${deputy.from.id}.`);
        again();
      },
      (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        setRefused(error.message);
        again();
      },
    );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target instanceof HTMLInputElement;
    if (isTyping && event.key === "Escape" && removable.length > 0) {
      // Out of the field, and not yet out of the dialog: where nothing is typed, the numbers are keys.
      event.preventDefault();
      event.stopPropagation();
      list.current?.focus();
    }
    const deputy = isTyping ? undefined : removable[Number(event.key) - 1];
    if (deputy) remove(deputy);
  };
  return (
    <Modal label="Deputies" className="ask-why deputies" toggledBy="Escape" dialog={dialog}>
      <div onKeyDown={onKeyDown}>
        <GiveDeputy
          me={me}
          given={({ to }) => {
            setSaid(`${to} decides in your stead from now on.`);
            again();
          }}
          cancel={() => dialog.close()}
        />
        <p role="status" className="muted">
          {visible(said)}
        </p>
        {[refused, problem?.message].map(
          (text) =>
            text && (
              <p key={text} className="problem" role="alert">
                <Foreign text={text} />
              </p>
            ),
        )}
        <div ref={list} tabIndex={-1} className="list">
          {sides.map((side) => (
            <Side
              key={side}
              title={titles[side]}
              deputies={deputies.filter((one) => one.side === side)}
              keyOf={(deputy) => removable.indexOf(deputy) + 1}
              remove={mayRemove(side) ? remove : null}
            />
          ))}
        </div>
      </div>
    </Modal>
  );
}

const sides = ["given", "had", "others"] as const satisfies readonly Deputy["side"][];
const titles: Readonly<Record<Deputy["side"], string>> = {
  given: "In your stead",
  had: "You, in the stead of others",
  others: "Others, in each other’s stead",
};

function Side({
  title,
  deputies,
  keyOf,
  remove,
}: {
  title: string;
  deputies: readonly Deputy[];
  /** 0 for one that has none. */
  keyOf(deputy: Deputy): number;
  /** Null for whoever may not. */
  remove: ((deputy: Deputy) => void) | null;
}) {
  if (deputies.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul>
        {deputies.map((deputy) => (
          <li key={deputy.id}>
            <span>
              <strong>
                <Person id={deputy.to} />
              </strong>{" "}
              for <Person id={deputy.from.id} />, as <bdi>{visible(deputy.roles.join(", "))}</bdi>, until{" "}
              <Moment at={deputy.until} />
              {deputy.reason !== null && (
                <>
                  : <Foreign text={deputy.reason} />
                </>
              )}
            </span>
            {remove && (
              <button type="button" className="link" onClick={() => remove(deputy)}>
                Remove{" "}
                <span className="sr">
                  <Person id={deputy.to} />
                </span>
                {keyOf(deputy) > 0 && <kbd>{keyOf(deputy)}</kbd>}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
