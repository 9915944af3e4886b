// Tells an operator where too few people could decide, whenever that changes: with the access file, or with a policy.
import type { Log } from "../kernel/log.js";
import type { Policy } from "../policies/policy.js";
import { shortageInWords, shortages, type Staffing } from "../policies/staffing.js";
import { newsTo } from "./news.js";

/** How often it is looked at, in milliseconds. */
export const staffingMs = 2_000;

export interface StaffingWatch {
  tenant: string;
  staffing: () => Staffing;
  /** In force now, by agent. */
  policies: ReadonlyMap<string, () => Policy>;
  log: Pick<Log, "warn">;
}

/** What it gives back looks once, and tells what is new since the last time. */
export function staffingWatch({ tenant, staffing, policies, log }: StaffingWatch): () => void {
  const tell = newsTo(log);
  return () =>
    tell(
      [...policies].flatMap(([agent, policy]) =>
        shortages(policy(), staffing(), tenant).map((shortage) => `${agent}: ${shortageInWords(shortage)}`),
      ),
    );
}
