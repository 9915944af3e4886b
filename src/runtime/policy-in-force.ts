// The policy of an agent: what was given, and what replaces it while it runs.
import { HoldpointError } from "../kernel/errors.js";
import type { AgentOptions } from "../options.js";
import { emptyPolicy, loadPolicy } from "../policies/load-policy.js";
import { createPolicySource } from "../policies/policy-source.js";
import type { Policy } from "../policies/policy.js";
import type { Validator } from "../policies/validator.js";
import { withValidators } from "../policies/with-validators.js";
import type { Database } from "../storage/database.js";
import { beginTerm, newestTerm, recordPolicy, type PutBy, type Term } from "../storage/policy-rows.js";

export interface GivenPolicy {
  policy: Policy;
  policyText: string;
  /** Stand beside every policy that comes into force. */
  validators: readonly Validator[];
}

/** Throws `policy_invalid`; `options_invalid` for an object that has its changes approved, since nobody could read it again. */
export function compilePolicy(
  given: AgentOptions["policy"],
  validators: readonly Validator[] = [],
): GivenPolicy {
  const isText = typeof given === "string";
  const policy = isText ? loadPolicy(given, "policy.yaml") : (given ?? emptyPolicy());
  if (!isText && policy.changes !== null)
    throw new HoldpointError(
      "options_invalid",
      "A policy with `changes` is given as its text: other processes, and this one after a restart, read it from the database.",
    );
  const policyText = isText ? given : given === undefined ? nothingSaid : "";
  return { policy: withValidators(policy, validators), policyText, validators };
}

/** The text of the empty policy. */
const nothingSaid = "{}";

interface At {
  db: Database;
  tenant: string;
  graphId: string;
}

/**
 * Puts what an agent comes up with in force, on record first. Where what is in force has its changes approved, that
 * stays, and is given back.
 */
export async function comeUp(
  given: GivenPolicy,
  at: At,
): Promise<{ inForce: GivenPolicy; isHeldBack: boolean }> {
  const standing = await putOnRecord(at, given, { id: "start", kind: "service" });
  if (standing === null) return { inForce: given, isHeldBack: false };
  return { inForce: { ...given, ...readTerm(standing, given.validators) }, isHeldBack: true };
}

/** Null: it is in force. Else what is, and has its changes approved. */
async function putOnRecord(
  { db, tenant, graphId }: At,
  { policy, policyText }: Pick<GivenPolicy, "policy" | "policyText">,
  by: PutBy,
): Promise<Term | null> {
  for (;;) {
    const term = await newestTerm(db, tenant, graphId);
    if (term?.isGuarded && term.version !== policy.version) return term;
    await recordPolicy(db, tenant, policy, policyText);
    if (await beginTerm(db, tenant, { graphId, policy, by, after: term?.no ?? null })) return null;
  }
}

function readTerm(
  { version, source }: Term,
  validators: readonly Validator[],
): Pick<GivenPolicy, "policy" | "policyText"> {
  const policy = withValidators(loadPolicy(source, `policy ${version.slice(0, 12)}, in force,`), validators);
  if (policy.version === version) return { policy, policyText: source };
  throw new HoldpointError(
    "policy_invalid",
    `The policy in force has the version ${version}, and its text on record reads as ${policy.version}: the record was changed, or another version of Holdpoint wrote it.`,
  );
}

export interface PolicyInForce {
  policy(): Policy;
  /** What a text would be here. Throws `policy_invalid`. */
  read(text: string, file: string): Policy;
  /** Puts it in force. Null: it is; else what stays in force until a person has approved its change. */
  put(policy: Policy, text: string, by: PutBy): Promise<Term | null>;
  /** Takes over what came into force elsewhere, where that has its changes approved, or replaced one that had. */
  follow(term: Term): void;
}

export function policyInForce(given: GivenPolicy, at: At): PolicyInForce {
  const source = createPolicySource(given.policy);
  const { validators } = given;

  const follow = (term: Term): void => {
    const { version, changes } = source.current();
    if (term.version === version || (changes === null && !term.isGuarded)) return;
    const next = readTerm(term, validators);
    source.replace(() => next.policy);
  };

  return {
    policy: () => source.current(),
    read: (text, file) => withValidators(loadPolicy(text, file), validators),
    follow,
    async put(policy, text, by) {
      // On record before it is in force: what an action was judged by can then always be looked up.
      const standing = await putOnRecord(at, { policy, policyText: text }, by);
      if (standing) follow(standing);
      else source.replace(() => policy);
      return standing;
    },
  };
}
