// The call that is made in the place of one that nobody decided in time.
import type { Json, JsonObject } from "../kernel/json.js";
import { compileJson } from "./cel.js";
import type { Instead } from "./policy.js";
import { readFacts } from "./readable-facts.js";

/** Its arguments, made of the call that was refused; or why they cannot be made. */
export function insteadOf(
  { args: written }: Instead,
  { tool, args }: { tool: string; args: JsonObject },
): { ok: true; args: JsonObject } | { ok: false; why: string } {
  const readable = readFacts({ tool, args, context: {} });
  const made: [string, Json][] = [];
  for (const [name, source] of Object.entries(written)) {
    const compiled = compileJson(source);
    if (!compiled.ok) return { ok: false, why: `its argument "${name}" cannot be read: ${compiled.message}` };
    const value = compiled.expression(readable);
    if (!value.ok) return { ok: false, why: `its argument "${name}" cannot be made: ${value.why}` };
    made.push([name, value.value]);
  }
  return { ok: true, args: Object.fromEntries(made) };
}
