import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Those that take minutes begin first: begun last, one of them would go on alone while the other core has nothing to do. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const takesMinutes = ({ moduleId }: TestSpecification): boolean =>
      /\/test\/(crash[\w-]*|replay|cli)\.test\.ts$/.test(moduleId);
    const [first, second] = [true, false].map((wanted) =>
      files.filter((one) => takesMinutes(one) === wanted),
    );
    return [...(await super.sort(first ?? [])), ...(await super.sort(second ?? []))];
  }
}

export default defineConfig({
  resolve: { alias: { holdpoint: new URL("./src/index.ts", import.meta.url).pathname } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/cluster.ts"],
    setupFiles: ["test/support/after-each-file.ts"],
    sequence: { sequencer: LongestFirst },
    // Two cores: more files at once only makes each of them slower, and Postgres has the same cores.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // As patient as the tests themselves: a machine at its limits is slow, and that is nobody's fault.
    expect: { poll: { timeout: 30_000 } },
  },
});
