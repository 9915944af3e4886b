// What agents may do alone, for whoever answers for the process: the rules, what each kind of call has earned, and what
// another threshold would mean. It changes nothing: a policy is changed in its file.
import { useEffect } from "react";
import { api, type KindOfCall, type PolicyInForce } from "../api.js";
import { useKeys } from "../keys.js";
import { RoomLinks } from "../room-links.js";
import { go, policy, queue } from "../router.js";
import { useFresh } from "../use-fresh.js";
import { Foreign } from "../../react/text.js";
import { Kinds } from "./kinds.js";
import { Rules } from "./rules.js";
import { Shadow } from "./shadow.js";
import { Versions } from "./versions.js";

/** What was decided of the policy is looked after this often, until something has come of it. */
const changingMs = 2_000;

export function Policy({ kind }: { kind: string | null }) {
  const { seen, problem, again } = useFresh("policy", readPolicy);
  const isChanging = seen?.policies.some(({ waiting }) => waiting?.decided) ?? false;
  useEffect(() => {
    if (!isChanging) return;
    const timer = setInterval(again, changingMs);
    return () => clearInterval(timer);
  }, [isChanging, again]);
  useKeys({
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    Escape: () => go(kind === null ? queue : policy),
  });
  return (
    <div className="policy-room">
      <header className="room-head">
        <p className="brand">
          <strong>Holdpoint</strong>
        </p>
        <RoomLinks at="policy" />
        <p className="line" role="status">
          {seen && (problem ? "Not connected. What stands here may be old." : summary(seen))}
        </p>
      </header>
      <main className="policy" aria-label="Policy" aria-busy={seen === null && problem === null}>
        <h1 className="sr">What agents may do alone</h1>
        {seen ? (
          <>
            <FurtherDown seen={seen} />
            <div className="column">
              <Rules policies={seen.policies} versions={seen.versions} />
              {seen.shadow && <Shadow report={seen.shadow} />}
              <Versions versions={seen.versions} hasMore={seen.hasMore} />
            </div>
            <div className="column">
              <Kinds kinds={seen.kinds} policies={seen.policies} asked={kind} />
            </div>
          </>
        ) : problem ? (
          <div className="resting" role="alert">
            <h1>The policy cannot be shown</h1>
            <p>
              <Foreign text={problem.code === "away" ? "The server does not answer." : problem.message} />
            </p>
            <p className="acts">
              <button type="button" className="act" onClick={again}>
                Try again
              </button>
            </p>
          </div>
        ) : (
          <div className="skeleton tall" role="progressbar" aria-label="Loading" />
        )}
      </main>
      <p className="hint">
        <kbd>j</kbd> <kbd>k</kbd> what waits, kinds of calls · <kbd>Enter</kbd> open · <kbd>Esc</kbd> back
      </p>
    </div>
  );
}

/** Where all stands in one column, the rules of a hundred are before what else there is. */
function FurtherDown({ seen: { shadow, versions } }: { seen: Seen }) {
  const links: [string, string][] = [
    ["kinds", "What calls have earned"],
    ...(shadow ? [["shadow", "The shadow"] satisfies [string, string]] : []),
    ...(versions.length > 0 ? [["versions", "Versions"] satisfies [string, string]] : []),
  ];
  return (
    <nav className="further-down" aria-label="Further down">
      {links.map(([id, name]) => (
        <a key={id} href={`#${id}-title`}>
          {name}
        </a>
      ))}
    </nav>
  );
}

type Seen = Awaited<ReturnType<typeof readPolicy>>;

async function readPolicy() {
  const [policies, shadow, kinds] = await Promise.all([api.policies(), api.shadow(), api.kinds()]);
  // Asked last: of what came into force meanwhile they say by whom.
  const versions = await api.policyVersions();
  return {
    policies: policies.items,
    versions: versions.items,
    hasMore: versions.next !== null,
    shadow,
    kinds: kinds.items,
  };
}

function summary({ policies, kinds }: { policies: PolicyInForce[]; kinds: KindOfCall[] }): string {
  const rules = new Map(policies.map((one) => [one.version, one.rules.length]));
  const count = [...rules.values()].reduce((sum, each) => sum + each, 0);
  const current = kinds.filter(({ isCurrent }) => isCurrent);
  const running = current.filter(({ earned }) => earned.kind === "certified").length;
  const waits = policies.some(({ waiting }) => waiting && !waiting.decided) ? "; a change waits" : "";
  const said = `${count.toLocaleString()} ${count === 1 ? "rule" : "rules"}${waits}`;
  return current.length === 0
    ? `${said}.`
    : `${said}. ${running.toLocaleString()} of ${current.length.toLocaleString()} ${current.length === 1 ? "kind" : "kinds"} of calls ${running === 1 ? "runs by itself" : "run by themselves"}.`;
}

function moveFocus(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>(".policy [data-stop]")].filter(
    (link) => link.checkVisibility?.() ?? true,
  );
  const at = links.findIndex((link) => link.closest(".kind, .change")?.contains(document.activeElement));
  links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by]?.focus();
}
