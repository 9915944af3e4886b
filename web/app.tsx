// Who is here, and what they may see.
import { useEffect, useState } from "react";
import { api, Problem, type Me } from "./api.js";
import { Batch } from "./batch/batch.js";
import { Board } from "./board/board.js";
import { useKeys } from "./keys.js";
import { board, go, queue, usePlace } from "./router.js";
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
  useKeys({ "g q": () => go(queue), "g b": () => go(board) });
  switch (place.room) {
    case "queue":
      return <Workspace me={me} signOut={signOut} />;
    case "board":
      return <Board />;
    case "batch":
      return <Batch key={place.id} id={place.id} />;
    case "thread":
      return <Thread key={place.id} me={me.id} id={place.id} from={place.hold} />;
  }
}
