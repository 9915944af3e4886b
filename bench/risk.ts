// What tools that were never seen are taken for, against what their authors and a rubric say of them. The labels are not
// read by what reads the tools: neither are the annotations, where the authors wrote them.
import { z } from "zod";
import { isJsonObject } from "../src/kernel/json.js";
import { readTool, type ToolReading } from "../src/risk/read-tool.js";
import { dataFolder } from "./data.js";
import { print } from "./figure.js";
import { rowsIn } from "./rows.js";

const rowSchema = z.object({
  name: z.string(),
  description: z.string().nullable(),
  schema: z.unknown(),
  read_only: z.boolean(),
  destructive: z.boolean().nullable(),
  rubric: z.enum(["R", "W", "I"]).optional(),
});
type Row = z.output<typeof rowSchema>;

export async function risk({ data }: { data: string | null }): Promise<void> {
  const read = (await rowsIn(dataFolder(data), "tools", rowSchema)).map((row) => ({
    row,
    reading: readTool({
      name: row.name,
      description: row.description ?? "",
      argsSchema: isJsonObject(row.schema) ? row.schema : null,
    }),
  }));
  const changes = ({ effect }: ToolReading): boolean => effect !== "read";
  const writes = read.filter(({ row }) => !row.read_only);
  const reads = read.filter(({ row }) => row.read_only);
  const ruled = read.filter(({ row }) => row.rubric !== undefined);
  const judged = read.filter(({ row }) => row.destructive !== null);

  share("writes_taken_for_reads", writes, ({ reading }) => !changes(reading));
  share("read_recall", reads, ({ reading }) => !changes(reading));
  share("unsure", read, ({ reading }) => !reading.isSure);
  f1(
    "write_f1",
    read,
    ({ reading }) => changes(reading),
    ({ row }) => !row.read_only,
  );
  f1(
    "irreversible_f1",
    ruled,
    ({ reading }) => reading.effect === "irreversible",
    ({ row }) => row.rubric === "I",
    "rubric",
  );
  f1(
    "destructive_f1",
    judged,
    ({ reading }) => reading.isDestructive,
    ({ row }) => row.destructive === true,
    "author",
  );
}

interface Case {
  row: Row;
  reading: ToolReading;
}

function share(figure: string, of: readonly Case[], is: (one: Case) => boolean): void {
  const count = of.filter(is).length;
  print({ bench: "risk", figure, value: count / of.length, unit: "share", n: of.length, at: { count } });
}

function f1(
  figure: string,
  of: readonly Case[],
  said: (one: Case) => boolean,
  is: (one: Case) => boolean,
  source?: string,
): void {
  const right = of.filter((one) => said(one) && is(one)).length;
  const wrong = of.filter((one) => said(one) !== is(one)).length;
  print({
    bench: "risk",
    figure,
    value: (2 * right) / (2 * right + wrong),
    unit: "F1",
    n: of.length,
    at: { right, wrong, ...(source === undefined ? {} : { source }) },
  });
}
