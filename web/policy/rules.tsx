// The policy in force, in words: who decides, what is held, refused or let run, and what becomes of the rest.
import type { PolicyInForce, PolicyVersion } from "../api.js";
import { Section } from "../hold/section.js";
import { Age, Id, Person } from "../text.js";
import { Facts } from "./facts.js";
import { Rule } from "./rule.js";
import { Scored } from "./scored.js";
import { Changes, Limits, Tiers } from "./tiers.js";
import { WaitingChange } from "./waiting-change.js";

export function Rules({
  policies,
  versions,
}: {
  policies: readonly PolicyInForce[];
  versions: readonly PolicyVersion[];
}) {
  if (policies.length === 0)
    return (
      <Section id="rules" title="Policy in force">
        <p className="muted">
          No agent of Holdpoint’s is served here, so no policy is in force. What plain graphs ask waits for a
          person.
        </p>
      </Section>
    );
  return groupsOf(policies).map((group, index) => (
    <InForce key={group[0].agent} index={index} group={group} versions={versions} />
  ));
}

type Group = [PolicyInForce, ...PolicyInForce[]];

/** Agents that go by the same policy and bring the same checks stand together. */
function groupsOf(policies: readonly PolicyInForce[]): Group[] {
  const groups = new Map<string, Group>();
  for (const one of policies) {
    const name = JSON.stringify([one.version, one.validators]);
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return [...groups.values()];
}

function InForce({
  index,
  group,
  versions,
}: {
  index: number;
  group: Group;
  versions: readonly PolicyVersion[];
}) {
  const [first] = group;
  const { version, tiers, defaultTier, limits, rules, unknownTools, facts, validators, routing, changes } =
    first;
  const agents = group.map(({ agent }) => agent);
  const term = versions
    .find((one) => one.version === version)
    ?.terms.find(({ agent, until }) => until === null && agents.includes(agent));
  return (
    <Section id={`rules-${index}`} title="Policy in force">
      <p className="kicker">
        <span>
          for <strong>{agents.join(", ")}</strong>
        </span>
        <span>
          version <Id value={version} what="version" />
        </span>
        {term && (
          <span>
            put in force <Age at={term.since} /> ago by <Person id={term.by.id} />
          </span>
        )}
      </p>
      {waitingFor(group).map((change) => (
        <WaitingChange key={change.reviewId} change={change} />
      ))}
      {unknownTools.map(({ tool, rules: naming }) => (
        <p key={tool} className="beside warning">
          No agent here has the tool <code>{tool}</code>
          {naming.length > 0 && (
            <>
              , which{" "}
              {naming.map((id, at) => (
                <span key={id}>
                  {at > 0 && ", "}
                  <code>{id}</code>
                </span>
              ))}{" "}
              {naming.length === 1 ? "names" : "name"}
            </>
          )}
          : what the policy says of it rules nothing.
        </p>
      ))}
      {rules.length === 0 ? (
        <p className="rule-none">It has no rules: what becomes of a call hangs on what its tool can do.</p>
      ) : (
        <ol className="rules">
          {rules.map((rule) => (
            <Rule key={rule.id} rule={rule} letsNothingRun={letsNothingRun(rule, group)} />
          ))}
        </ol>
      )}
      {rules.length > 1 && (
        <p className="beside">
          What refuses a call comes before what holds it, and that before what lets it run. No rule lets run
          what cannot be undone.
        </p>
      )}
      {validators.length > 0 && (
        <p className="beside">
          Checks in code beside them:{" "}
          {validators.map(({ name, tools }, at) => (
            <span key={name}>
              {at > 0 && ", "}
              <code>{name}</code> ({tools.join(", ")})
            </span>
          ))}
          .
        </p>
      )}
      <Facts facts={facts} />
      {group.map((one) => (
        <Rest
          key={one.agent}
          agent={agents.length > 1 ? one.agent : null}
          tools={one.tools}
          routing={one.routing}
        />
      ))}
      {routing && <Scored routing={routing} defaultTier={defaultTier} />}
      <Tiers tiers={tiers} defaultTier={defaultTier} />
      <Limits limits={limits} />
      <Changes changes={changes} />
    </Section>
  );
}

/** Agents that have the same policy have one review of its change. */
function waitingFor(group: Group): NonNullable<PolicyInForce["waiting"]>[] {
  const all = group.flatMap(({ waiting }) => waiting ?? []);
  return all.filter(({ reviewId }, at) => all.findIndex((one) => one.reviewId === reviewId) === at);
}

/** All that it would let run cannot be undone, for each of the agents. */
function letsNothingRun({ verdict, tools: named }: PolicyInForce["rules"][number], group: Group): boolean {
  if (verdict !== "allow" || named === null) return false;
  const known = group.flatMap(({ tools }) => tools.filter(({ name }) => named.includes(name)));
  return known.length > 0 && known.every(isIrreversible);
}

type Tool = PolicyInForce["tools"][number];

function isIrreversible({ reversibility }: Tool): boolean {
  return reversibility === "irreversible";
}

/** What becomes of the calls that no rule is about. */
function Rest({
  agent,
  tools,
  routing,
}: Pick<PolicyInForce, "tools" | "routing"> & { agent: string | null }) {
  const named = (is: (tool: Tool) => boolean): string[] => tools.filter(is).map(({ name }) => name);
  const changing = (...kinds: readonly Tool["reversibility"][]): string[] =>
    named(({ reversibility, readOnly, asks }) => !readOnly && !asks && kinds.includes(reversibility));
  const scored: [string, string[]][] = routing
    ? [["run once their kind has earned it", changing("compensable", "reversible")]]
    : [
        ["wait, unless a rule lets them run", changing("compensable")],
        ["run: they can be undone", changing("reversible")],
      ];
  const rows: [string, string[]][] = [
    ["always wait: they cannot be undone", named(isIrreversible)],
    ["ask a person", named(({ asks }) => asks)],
    ...scored,
    ["run: they only read", named((tool) => tool.readOnly && !isIrreversible(tool))],
  ];
  return (
    <>
      <h3>Where no rule speaks{agent === null ? "" : `, for ${agent}`}</h3>
      <ul className="rest">
        {rows
          .filter(([, names]) => names.length > 0)
          .map(([says, names]) => (
            <li key={says + names.join()}>
              <span className="names">
                {names.map((name) => (
                  <code key={name}>{name}</code>
                ))}
              </span>
              <span className="muted">{says}</span>
            </li>
          ))}
      </ul>
    </>
  );
}
