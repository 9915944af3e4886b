// npm run bench -- NAME [--data DIR] [--plot DIR] [--quick]: one JSON object a line on standard output, and nothing else there.
import { parseArgs } from "node:util";
import { cycle } from "./cycle.js";
import { deadlines } from "./deadlines.js";
import { growth } from "./growth.js";
import { injection } from "./injection.js";
import { latency } from "./latency.js";
import { ledger } from "./ledger.js";
import { middleware } from "./middleware.js";
import { policy } from "./policy.js";
import { queue } from "./queue.js";
import { risk } from "./risk.js";
import { routing } from "./routing.js";
import { server } from "./server.js";
import { signals } from "./signals.js";
import { tau } from "./tau.js";
import { workspace } from "./workspace.js";

export interface BenchOptions {
  /** Fewer repetitions, to see that it works; the figures then mean little. */
  quick: boolean;
  /** Where evaluation data is; null: not said. */
  data: string | null;
  /** Where pictures of the figures are to be written; null: nowhere. Only some draw any. */
  plot: string | null;
}

const benches: Record<string, (options: BenchOptions) => Promise<void>> = {
  cycle,
  deadlines,
  growth,
  injection,
  latency,
  ledger,
  middleware,
  policy,
  queue,
  risk,
  routing,
  server,
  signals,
  tau,
  workspace,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" },
    plot: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const [name = ""] = positionals;
const bench = benches[name];
if (!bench || positionals.length !== 1) {
  process.stderr.write(
    `There is no benchmark "${name}". Choose one of: ${Object.keys(benches).join(", ")}.\n`,
  );
  process.exit(2);
}
await bench({ quick: values.quick, data: values.data ?? null, plot: values.plot ?? null });
process.exit(0);
