// A candidate policy over a long record: how many calls a second are judged again, and what that takes of memory. The policy
// is the airline's example, whose rules read facts, words and the time.
import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { loadPolicy } from "../src/policies/load-policy.js";
import { addFigures, noFigures } from "../src/review/policy-replay.js";
import { createRuntime } from "../src/runtime.js";
import { print } from "./figure.js";
import type { BenchOptions } from "./main.js";
import { payingAgent } from "./paying-agent.js";
import { benchDatabase, type BenchDatabase } from "./postgres.js";

const tenant = "default";
const partMs = 1_000;
const mib = 1024 * 1024;

export async function policy({ quick }: BenchOptions): Promise<void> {
  const text = await readFile(new URL("../examples/policies/airline.yaml", import.meta.url), "utf8");
  const database = await benchDatabase();
  const runtime = await createRuntime({
    agents: [{ ...payingAgent, name: "desk", policy: text }],
    database: { url: database.url },
  });
  try {
    const threads = quick ? 1_000 : 25_000;
    await fillThreads(database, threads);
    const figures = noFigures();
    const heap: number[] = [];
    let judgingMs = 0;
    for (let after: string | null | undefined; after !== null; ) {
      const startedAt = performance.now();
      const end = startedAt + partMs;
      const isOver = (): boolean => performance.now() >= end;
      const part = await runtime.policies.replay(tenant, { text, since: null, after: after ?? null, isOver });
      judgingMs += performance.now() - startedAt;
      addFigures(figures, part.figures);
      heap.push(heapInUse());
      after = part.next;
    }
    const seconds = judgingMs / 1_000;
    const at = {
      calls: figures.calls,
      rules: loadPolicy(text, "airline.yaml").rules.length,
      results: resultsEach,
    };
    print({
      bench: "policy",
      figure: "calls judged again",
      value: figures.calls / seconds,
      unit: "1/s",
      n: 1,
      at,
    });
    const [first = 0] = heap;
    print({
      bench: "policy",
      figure: "heap at the end of a part, over that of the first",
      value: (Math.max(...heap) - first) / mib,
      unit: "MiB",
      n: heap.length,
      at,
    });
  } finally {
    await runtime.stop();
    await database.stop();
  }
}

/** What is left when the garbage is gone. */
function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

const resultsEach = 2;
const callsEach = 4;

const reservation = JSON.stringify({
  user_id: "kim_1",
  cabin: "economy",
  flights: [{ flight_number: "X1", date: "2031-03-20" }],
  passengers: [{ first_name: "Kim", last_name: "Lee" }],
  created_at: "2031-02-01T10:00:00",
  total_baggages: 1,
  insurance: "no",
});
const user = JSON.stringify({
  membership: "regular",
  payment_methods: { card_1: { source: "credit_card" } },
});
const write = JSON.stringify({
  cabin: "business",
  flights: [{ flight_number: "X1", date: "2031-03-20" }],
  payment_id: "card_1",
  reservation_id: "R1",
});

/** Threads of six calls: two look something up, four would change it. */
async function fillThreads({ query }: BenchDatabase, threads: number): Promise<void> {
  const assessment = {
    level: "high",
    route: "approve",
    tier: "desk",
    reasons: [],
    policyVersion: "",
    argsHash: "",
  };
  const judged = {
    declared: { reversibility: "irreversible", effect: "blind", readOnly: false, asks: null, draft: null },
    flags: [],
    impossible: null,
    words: 1,
  };
  await query(
    `insert into holdpoint.words (tenant_id, thread_id, message_id, text)
     select '${tenant}', 'thread ' || n, 'm', 'I am kim_1. Yes, please.' from generate_series(1, $1::int) n`,
    [threads],
  );
  const propose = `insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id, tool,
       args, args_hash, route, assessment, requested_by, judged, judged_at, judged_in)
     select $1 || n || ' ' || k, '${tenant}', 'thread ' || n, 'desk', 'm' || k, k, 'call', $2, $3, md5($3), 'approve', $4::jsonb,
       '{}', $5::jsonb, now(), pg_current_snapshot()
     from generate_series(1, $6::int) n, generate_series(1, $7::int) k`;
  const looks: [string, string, string][] = [
    ["get_user_details", '{"user_id":"kim_1"}', user],
    ["get_reservation_details", '{"reservation_id":"R1"}', reservation],
  ];
  for (const [tool, args, result] of looks) {
    await query(propose, [tool, tool, args, assessment, judged, threads, 1]);
    await query(
      `insert into holdpoint.executions (execution_id, tenant_id, action_id, thread_id, tool, args, args_hash, key, effect, state,
         process_id, result, settled_at)
       select gen_random_uuid(), tenant_id, action_id, thread_id, tool, args, args_hash, action_id, 'blind', 'succeeded',
         gen_random_uuid(), $2, now() from holdpoint.actions where tool = $1`,
      [tool, result],
    );
  }
  await query(propose, [
    "write",
    "update_reservation_flights",
    write,
    assessment,
    judged,
    threads,
    callsEach,
  ]);
  await query("analyze");
}
