import { useId, useState } from "react";
import { api, Problem, type Me } from "./api.js";

export function SignIn({ signedIn }: { signedIn(me: Me): void }) {
  const [credential, setCredential] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const id = useId();
  return (
    <main className="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          api
            .signIn(credential.trim())
            .then(signedIn)
            .catch((error: unknown) => setProblem(error instanceof Problem ? error.message : String(error)))
            .finally(() => setBusy(false));
        }}
      >
        <h1>Holdpoint</h1>
        <p className="muted">What agents may not do alone waits here for a person.</p>
        <label htmlFor={id}>Your key or token</label>
        <input
          id={id}
          type="password"
          autoFocus
          autoComplete="current-password"
          value={credential}
          onChange={({ target }) => setCredential(target.value)}
        />
        <button type="submit" className="act go" disabled={credential.trim() === "" || isBusy}>
          {isBusy ? "Signing in…" : "Sign in"} <kbd>⏎</kbd>
        </button>
        {problem !== null && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <p className="muted">No script can read it afterwards. It is forgotten when the browser closes.</p>
      </form>
    </main>
  );
}
