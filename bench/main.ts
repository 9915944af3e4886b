// npm run bench -- NAME [--data DIR] [--quick]: one JSON object a line on standard output, and nothing else there.
import { parseArgs } from "node:util";
import { cycle } from "./cycle.js";
import { growth } from "./growth.js";
import { middleware } from "./middleware.js";
import { queue } from "./queue.js";
import { server } from "./server.js";
import { workspace } from "./workspace.js";

export interface BenchOptions {
  /** Fewer repetitions, to see that it works; the figures then mean little. */
  quick: boolean;
}

const benches: Record<string, (options: BenchOptions) => Promise<void>> = {
  cycle,
  growth,
  middleware,
  queue,
  server,
  workspace,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: "string" }, quick: { type: "boolean", default: false } },
});
const [name = ""] = positionals;
const bench = benches[name];
if (!bench || positionals.length !== 1) {
  process.stderr.write(
    `There is no benchmark "${name}". Choose one of: ${Object.keys(benches).join(", ")}.\n`,
  );
  process.exit(2);
}
await bench({ quick: values.quick });
process.exit(0);
