// All keys of the room that is open, each with what it does.
import { draftKeys } from "../react/draft/keys.js";
import { commandsIn, mostNumbered, type Room } from "./commands.js";
import { Keycaps } from "./keycaps.js";
import { Modal, useDialog } from "./palette/modal.js";

export function KeyList({ room, closed }: { room: Room; closed(): void }) {
  const dialog = useDialog(closed);
  return (
    <Modal label="Keys" className="keys" toggledBy="?" dialog={dialog}>
      <Keys of={withoutNumbers(room)} />
      {room === "queue" && (
        <>
          <h2>In the words</h2>
          <Keys of={draftKeys} />
        </>
      )}
      <button type="button" className="link" onClick={() => dialog.close()}>
        Close <kbd>Esc</kbd>
      </button>
    </Modal>
  );
}

function Keys({ of }: { of: readonly { key: string; words: string }[] }) {
  return (
    <dl>
      {of.map(({ key, words }) => (
        <div key={key}>
          <dt>
            <Keycaps of={key} />
            {inRow[key] !== undefined && (
              <>
                {" "}
                … <kbd>{mostNumbered}</kbd>
              </>
            )}
          </dt>
          <dd>{inRow[key] ?? words}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What the first of a row says for all of it. */
const inRow: Readonly<Record<string, string>> = {
  "1": "Pick what stands under a number",
  "z 1": "One of your views",
  "l 1": "Lift a stop",
};

/** One line stands for all number keys. */
function withoutNumbers(room: Room) {
  return commandsIn(room).filter(({ key }) => !/^(?:[zl] )?[2-9]$/.test(key));
}
