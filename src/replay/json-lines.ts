// Files of one JSON object a line, plain or packed with gzip.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import { HoldpointError, messageOf } from "../kernel/errors.js";

/** Reads every line by the schema. Throws `request_invalid` with the file and the line where one does not fit. */
export async function readJsonLines<Row extends z.ZodType>(file: string, row: Row): Promise<z.output<Row>[]> {
  const rows: z.output<Row>[] = [];
  let line = 0;
  for await (const text of linesOf(file)) {
    line += 1;
    if (text.trim() === "") continue;
    const parsed = row.safeParse(parseLine(text, file, line));
    if (!parsed.success) throw unreadable(`${file}:${line}`, z.prettifyError(parsed.error));
    rows.push(parsed.data);
  }
  return rows;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const bytes = createReadStream(file);
  const text = file.endsWith(".gz") ? bytes.pipe(createGunzip()) : bytes;
  // A pipe does not hand on the fault of its source.
  bytes.on("error", (error) => text.destroy(error));
  try {
    yield* createInterface({ input: text, crlfDelay: Infinity });
    // readline ends quietly when its input breaks.
    if (text.errored) throw text.errored;
  } catch (error) {
    throw unreadable(`${file} cannot be read`, whyNotOpened(error));
  } finally {
    bytes.destroy();
  }
}

function parseLine(text: string, file: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(`${file}:${line}`, messageOf(error));
  }
}

function whyNotOpened(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return "there is no such file.";
    case "EISDIR":
      return "it is a folder.";
    default:
      return messageOf(error);
  }
}

function unreadable(where: string, why: string): HoldpointError {
  return new HoldpointError("request_invalid", `${where}: ${why}`);
}
