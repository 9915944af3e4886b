// Who is here, and what they may see.
import { useEffect, useState } from "react";
import { api, Problem, type Me } from "./api.js";
import { Batch } from "./batch/batch.js";
import { Board } from "./board/board.js";
import { Deputies } from "./deputies/deputies.js";
import { KeyList } from "./key-list.js";
import { useKeys } from "./keys.js";
import { isOperator } from "./operator.js";
import { Palette } from "./palette/palette.js";
import { Policy } from "./policy/policy.js";
import { board, go, policy, queue, standing, usePlace, type Place } from "./router.js";
import { onSessionOver } from "./session.js";
import { SignIn } from "./sign-in.js";
import { Whole } from "./states.js";
import { Standing } from "./standing/standing.js";
import { Stopped } from "./stops/stopped.js";
import type { Stoppable } from "./stops/words.js";
import { Thread } from "./thread/thread.js";
import { Workspace } from "./workspace.js";

export function App() {
  const [me, setMe] = useState<Me | "unknown" | "stranger">("unknown");
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let retry: number | undefined;
    const look = (): void => {
      api.me().then(setMe, (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        if (error.code.startsWith("credentials_")) return setMe("stranger");
        setProblem(error);
        retry = window.setTimeout(look, 3_000);
      });
    };
    look();
    return () => window.clearTimeout(retry);
  }, []);
  useEffect(() => onSessionOver(() => setMe("stranger")), []);

  if (me === "unknown") {
    return problem ? (
      <Whole title="The server is not there" text={problem.message} />
    ) : (
      <main className="whole" aria-busy="true" />
    );
  }
  if (me === "stranger") return <SignIn signedIn={setMe} />;
  if (me.roles.length === 0) {
    return (
      <Whole
        title="Nothing here is for you"
        text={`${me.id} has no role, and what waits here is decided by people who have one.`}
      >
        <button
          type="button"
          className="act plain"
          onClick={() => void api.signOut().then(() => setMe("stranger"))}
        >
          Sign in as somebody else
        </button>
      </Whole>
    );
  }
  return <Rooms me={me} signOut={() => void api.signOut().then(() => setMe("stranger"))} />;
}

type Over = "palette" | "keys" | "deputies";

function Rooms({ me, signOut }: { me: Me; signOut(): void }) {
  const place = usePlace();
  const [over, setOver] = useState<"none" | Over>("none");
  // Another may have been opened from it meanwhile.
  const closed = (which: Over) => (): void => setOver((now) => (now === which ? "none" : now));
  const [stopping, setStopping] = useState<Stoppable | null>(null);
  // Others see what is stopped, and can do nothing about it.
  const stop = isOperator(me) ? setStopping : null;
  const find = (): void => setOver("palette");
  useKeys({
    "g q": () => go(queue),
    "g b": () => go(board),
    "g p": () => go(policy),
    "g s": () => go(standing),
    "/": find,
    "Ctrl k": find,
    "?": () => setOver("keys"),
  });
  return (
    <Stopped stopping={stopping} stopped={() => setStopping(null)} mayLift={stop !== null}>
      <Room {...{ me, place, stop }} signOut={maySignOut(me) ? signOut : null} />
      {over === "keys" && <KeyList room={place.room} closed={closed("keys")} />}
      {over === "deputies" && <Deputies me={me} closed={closed("deputies")} />}
      {over === "palette" && (
        <Palette
          place={place}
          closed={closed("palette")}
          stop={stop}
          deputise={me.kind === "agent" ? null : () => setOver("deputies")}
          signOut={maySignOut(me) ? signOut : null}
        />
      )}
    </Stopped>
  );
}

/** The one person of a machine without an access file never signed in. */
function maySignOut({ roles }: Me): boolean {
  return !roles.includes("*");
}

interface RoomProps {
  me: Me;
  place: Place;
  /** Null for whoever may not. */
  stop: ((what: Stoppable) => void) | null;
  signOut: (() => void) | null;
}

function Room({ me, place, stop, signOut }: RoomProps) {
  switch (place.room) {
    case "queue":
      return <Workspace me={me} stop={stop} signOut={signOut} />;
    case "board":
      return <Board />;
    case "policy":
      return <Policy kind={place.kind} />;
    case "standing":
      return <Standing />;
    case "batch":
      return <Batch key={place.id} id={place.id} />;
    case "thread":
      return <Thread key={place.id} me={me.id} id={place.id} from={place.from} />;
  }
}
