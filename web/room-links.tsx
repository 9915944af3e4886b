import { press } from "./keys.js";
import { board, linkTo, policy, queue, standing, type Place } from "./router.js";

const rooms: readonly { place: Place; name: string; keys: string }[] = [
  { place: queue, name: "Queue", keys: "g q" },
  { place: board, name: "Board", keys: "g b" },
  { place: policy, name: "Policy", keys: "g p" },
  { place: standing, name: "In advance", keys: "g s" },
];

/** Quiet links from room to room. */
export function RoomLinks({ at }: { at: Place["room"] }) {
  return (
    <nav className="rooms" aria-label="Rooms">
      {rooms.map(({ place, name, keys }) => (
        <a
          key={name}
          {...linkTo(place)}
          title={`${name} (${keys})`}
          aria-keyshortcuts={keys}
          aria-current={place.room === at ? "page" : undefined}
        >
          {name} <kbd>{keys}</kbd>
        </a>
      ))}
      <button type="button" aria-keyshortcuts="/" aria-haspopup="dialog" onClick={() => press("/")}>
        Find <kbd>/</kbd>
      </button>
    </nav>
  );
}
