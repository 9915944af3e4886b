// A file that people write: read by a schema, and whole, or refused with every fault where it stands.
import type { z } from "zod";
import { HoldpointError, type ErrorCode } from "../kernel/errors.js";
import { readYaml, type Problem, type Spot, type YamlSource } from "./source.js";

export interface DocumentKind<Schema extends z.ZodType> {
  schema: Schema;
  /** The error that its faults are. */
  code: ErrorCode;
  /** What is said of an empty file: one that was cut off on its way here must not pass for a wish. */
  empty: string;
  /** What is said of a key that nothing reads. */
  aboutUnknownKey(key: string, path: readonly PropertyKey[]): string;
  /** Faults that no schema sees. */
  misreferences?(data: unknown): readonly { spot: Spot; message: string }[];
}

/** Gives the data as it was written and as it was read, and where its parts stand. Throws `kind.code`, one `FILE:LINE:COL: message` a line. */
export function readDocument<Schema extends z.ZodType>(
  text: string,
  file: string,
  kind: DocumentKind<Schema>,
): { written: unknown; read: z.output<Schema>; locate: YamlSource["locate"] } {
  const source = readYaml(text);
  if (source.problems.length > 0) throw invalid(kind.code, file, source.problems);
  if (source.data === null) throw invalid(kind.code, file, [{ line: 1, col: 1, message: kind.empty }]);
  const { data } = source;
  const parsed = kind.schema.safeParse(data, { error: aboutMissing });
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => problemsFrom(issue, source, kind)),
    ...(kind.misreferences?.(data) ?? []).map(({ spot, message }) => ({ ...source.locate(spot), message })),
  ];
  if (!parsed.success || problems.length > 0) throw invalid(kind.code, file, problems);
  return { written: data, read: parsed.data, locate: source.locate };
}

const aboutMissing: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== "invalid_type" && issue.code !== "invalid_union") return undefined;
  const name = String(issue.path?.at(-1));
  if (issue.input === undefined) return `"${name}" is missing.`;
  return issue.input === null ? `Nothing is written for "${name}".` : undefined;
};

function problemsFrom(
  issue: z.core.$ZodIssue,
  { locate }: YamlSource,
  { aboutUnknownKey }: Pick<DocumentKind<z.ZodType>, "aboutUnknownKey">,
): Problem[] {
  const { path, message } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...locate({ path: [...path, key], aim: "key" }),
      message: aboutUnknownKey(key, path),
    }));
  }
  if (issue.code === "invalid_key") {
    return issue.issues.map(({ message }) => ({ ...locate({ path, aim: "key" }), message }));
  }
  const offset: unknown = issue.code === "custom" ? issue.params?.["offset"] : 0;
  return [{ ...locate({ path, aim: "value", offset: typeof offset === "number" ? offset : 0 }), message }];
}

const mostShown = 50;

function invalid(code: ErrorCode, file: string, found: readonly Problem[]): HoldpointError {
  const problems = found.toSorted((a, b) => a.line - b.line || a.col - b.col);
  const lines = problems
    .slice(0, mostShown)
    .map(({ line, col, message }) => `${file}:${line}:${col}: ${message}`);
  if (problems.length > mostShown) lines.push(`${file}: and ${problems.length - mostShown} more`);
  return new HoldpointError(code, lines.join("\n"), { details: { problems } });
}
