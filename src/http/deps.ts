import type { Log } from "../kernel/log.js";
import type { Runtime } from "../runtime.js";

/** What the handlers work with. */
export interface HttpDeps {
  runtime: Runtime;
  log: Log;
  /** When this server came up: the age of what it is born with. */
  startedAt: Date;
  /** After so long without an event, a stream says that it is still there. */
  heartbeatMs: number;
  /** Hosts that webhooks may call though they are private. */
  webhookHosts: readonly string[];
}
