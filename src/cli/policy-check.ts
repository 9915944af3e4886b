import { loadAccess } from "../access/load-access.js";
import { staffingOf } from "../access/staffing.js";
import { isHoldpointError } from "../kernel/errors.js";
import { defaultTenant } from "../kernel/principal.js";
import { loadPolicy } from "../policies/load-policy.js";
import { shortageInWords, shortages } from "../policies/staffing.js";
import { defineCommand } from "./command.js";
import { readPolicyText } from "./policy-text.js";
import { printable, printableLines } from "./printable.js";

export const policyCheckCommand = defineCommand({
  name: "policy check",
  usage: "FILE [--access FILE]",
  summary: "Check a policy file before it goes live.",
  details:
    "Prints FILE:LINE:COL: message for each problem and ends with 1, or prints the version of the policy and ends with 0. " +
    "With an access file it also tells where too few people could decide; where nobody could, it ends with 1.",
  options: { access: { type: "string" } },
  positionals: ["FILE"],
  async run({ access }, terminal, file = "") {
    const text = await readPolicyText(file);
    try {
      const policy = loadPolicy(text, file);
      const short =
        access === undefined
          ? []
          : shortages(policy, staffingOf(loadAccess(await readPolicyText(access), access)), defaultTenant);
      for (const one of short) terminal.out(`${printable(file)}: ${printable(shortageInWords(one))}\n`);
      if (short.some(({ people, needed }) => people < needed)) return 1;
      terminal.out(`${printable(file)}: ok, version ${policy.version}\n`);
      return 0;
    } catch (error) {
      if (!isHoldpointError(error, "policy_invalid") && !isHoldpointError(error, "access_invalid"))
        throw error;
      terminal.out(`${printableLines(error.message)}\n`);
      return 1;
    }
  },
});
