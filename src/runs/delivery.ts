// Holdpoint itself, where it acts for nobody else: it delivers what people decided, and closes what is lost.
import { defaultTenant, type Principal } from "../kernel/principal.js";
import type { NewResumption } from "../storage/run-rows.js";

export const delivery: Principal = { id: "holdpoint", kind: "service", roles: [], tenant: defaultTenant };

export const deliveryIn = (tenant: string): Principal => ({ ...delivery, tenant });

export function resumptionOf(tenant: string, threadId: string, id: string): NewResumption {
  return { id, tenant, threadId, payload: {}, principal: deliveryIn(tenant) };
}
