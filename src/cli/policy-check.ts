import { readFile } from "node:fs/promises";
import { isHoldpointError, messageOf } from "../kernel/errors.js";
import { loadPolicy } from "../policies/load-policy.js";
import { defineCommand, Refusal } from "./command.js";
import { printable, printableLines } from "./printable.js";

export const policyCheckCommand = defineCommand({
  name: "policy check",
  usage: "FILE",
  summary: "Check a policy file before it goes live.",
  details:
    "Prints FILE:LINE:COL: message for each problem and ends with 1, or prints the version of the policy and ends with 0.",
  options: {},
  positionals: ["FILE"],
  async run(_, terminal, file = "") {
    const text = await readFile(file, "utf8").catch((error: unknown) => {
      throw new Refusal(`${file} cannot be read: ${messageOf(error)}`);
    });
    try {
      const { version } = loadPolicy(text, file);
      terminal.out(`${printable(file)}: ok, version ${version}\n`);
      return 0;
    } catch (error) {
      if (!isHoldpointError(error, "policy_invalid")) throw error;
      terminal.out(`${printableLines(error.message)}\n`);
      return 1;
    }
  },
});
