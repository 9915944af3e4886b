import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { holdpoint: new URL("./src/index.ts", import.meta.url).pathname } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/cluster.ts"],
    // Two cores: more files at once only makes each of them slower, and Postgres has the same cores.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // As patient as the tests themselves: a machine at its limits is slow, and that is nobody's fault.
    expect: { poll: { timeout: 30_000 } },
  },
});
