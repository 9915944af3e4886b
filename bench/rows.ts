// Rows of evaluation data: one JSON object a line, in every file of a name.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { z } from "zod";

/** Of all `NAME.*.jsonl` and `.jsonl.gz` in the folder. Ends the program where there is none. */
export async function rowsIn<Row>(folder: string, name: string, schema: z.ZodType<Row>): Promise<Row[]> {
  const pattern = new RegExp(`^${name}\\..*jsonl(\\.gz)?$`);
  const files = (await readdir(folder)).filter((file) => pattern.test(file)).toSorted();
  if (files.length === 0) {
    process.stderr.write(`There is no ${name}.*.jsonl in ${folder}.\n`);
    process.exit(2);
  }
  const texts = await Promise.all(files.map((file) => textOf(join(folder, file))));
  return texts.flatMap((text) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => schema.parse(JSON.parse(line))),
  );
}

async function textOf(file: string): Promise<string> {
  const bytes = await readFile(file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}
