// Who decides in the reader's stead, and in whose the reader does: seen, taken back and given in one dialog.
import { useState } from "react";
import { api, Problem, type Deputy, type Me } from "../api.js";
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
  return (
    <Modal label="Deputies" className="ask-why deputies" toggledBy="Escape" dialog={dialog}>
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
      {(["given", "had", "others"] as const).map((side) => (
        <Side
          key={side}
          title={titles[side]}
          deputies={(seen?.items ?? []).filter((one) => one.side === side)}
          remove={side === "given" || isOperator(me) ? remove : null}
        />
      ))}
    </Modal>
  );
}

const titles: Readonly<Record<Deputy["side"], string>> = {
  given: "In your stead",
  had: "You, in the stead of others",
  others: "Others, in each other’s stead",
};

function Side({
  title,
  deputies,
  remove,
}: {
  title: string;
  deputies: readonly Deputy[];
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
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
