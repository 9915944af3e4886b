import { callReport, shareOf } from "../metrics/report.js";
import { readReport } from "../storage/report-rows.js";
import type { Report, reportRoutes } from "./contract/report.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";

const usualMs = 30 * 24 * 60 * 60 * 1_000;

export interface ReportDeps extends Pick<HttpDeps, "runtime"> {
  now: () => Date;
}

export function reportHandlers({ runtime, now }: ReportDeps): HandlersOf<typeof reportRoutes> {
  return {
    async getReport({ principal: { tenant }, query }): Promise<Report> {
      const until = query.until === undefined ? now() : new Date(query.until);
      const since = query.since === undefined ? new Date(until.getTime() - usualMs) : new Date(query.since);
      const { calls, decisions, events, policies } = await readReport(runtime.db, tenant, { since, until });
      const { busiest, ...made } = decisions;
      const { approve, edit, reject, respond } = made;
      return {
        since: since.toISOString(),
        until: until.toISOString(),
        calls: callReport(calls),
        decisions: {
          ...made,
          corrected: shareOf(edit + reject, approve + edit + reject),
          busiest: shareOf(busiest, approve + edit + reject + respond),
        },
        events,
        policies: policies.map((term) => ({
          ...term,
          since: term.since.toISOString(),
          until: term.until?.toISOString() ?? null,
        })),
      };
    },
  };
}
