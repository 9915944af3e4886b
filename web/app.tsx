// Who is here, and what they may see.
import { useEffect, useState } from "react";
import { api, Problem, type Me } from "./api.js";
import { Batch } from "./batch/batch.js";
import { Board } from "./board/board.js";
import { KeyList } from "./key-list.js";
import { useKeys } from "./keys.js";
import { Palette } from "./palette/palette.js";
import { board, go, queue, usePlace, type Place } from "./router.js";
import { SignIn } from "./sign-in.js";
import { Whole } from "./states.js";
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

function Rooms({ me, signOut }: { me: Me; signOut(): void }) {
  const place = usePlace();
  const [over, setOver] = useState<"none" | "palette" | "keys">("none");
  // Another may have been opened from it meanwhile.
  const closed = (which: "palette" | "keys") => (): void => setOver((now) => (now === which ? "none" : now));
  const find = (): void => setOver("palette");
  useKeys({
    "g q": () => go(queue),
    "g b": () => go(board),
    "/": find,
    "Ctrl k": find,
    "?": () => setOver("keys"),
  });
  return (
    <>
      <Room {...{ me, place }} signOut={maySignOut(me) ? signOut : null} />
      {over === "keys" && <KeyList room={place.room} closed={closed("keys")} />}
      {over === "palette" && (
        <Palette place={place} closed={closed("palette")} signOut={maySignOut(me) ? signOut : null} />
      )}
    </>
  );
}

/** The one person of a machine without an access file never signed in. */
function maySignOut({ roles }: Me): boolean {
  return !roles.includes("*");
}

function Room({ me, place, signOut }: { me: Me; place: Place; signOut: (() => void) | null }) {
  switch (place.room) {
    case "queue":
      return <Workspace me={me} signOut={signOut} />;
    case "board":
      return <Board />;
    case "batch":
      return <Batch key={place.id} id={place.id} />;
    case "thread":
      return <Thread key={place.id} me={me.id} id={place.id} from={place.from} />;
  }
}
