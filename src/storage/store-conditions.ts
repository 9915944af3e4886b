// The conditions of a search in the store, as SQL. Each value goes in as a parameter.
import type { MatchCondition } from "@langchain/langgraph-checkpoint";
import { HoldpointError } from "../kernel/errors.js";

/** Takes a value in, and gives the place it has in the statement. */
export type Param = (value: unknown) => string;

/** A namespace as it is stored: a dot after each label, so that what begins with it lies below it. */
export function pathOf(labels: readonly string[]): string {
  return labels.map((label) => `${label}.`).join("");
}

export function labelsOf(path: string): string[] {
  return path.slice(0, -1).split(".");
}

export function underPrefix(labels: readonly string[], param: Param): string[] {
  const path = pathOf(labels);
  if (path === "") return [];
  // What follows the dot in byte order is the slash.
  return [`path >= ${param(path)}`, `path < ${param(`${path.slice(0, -1)}/`)}`];
}

/** The `labels` of a namespace, by those at its beginning or its end; `*` stands for any label. */
export function matching({ matchType, path }: MatchCondition, param: Param): string[] {
  const place = (index: number): string => {
    switch (matchType) {
      case "prefix":
        return `${index + 1}`;
      case "suffix":
        return `cardinality(labels) - ${path.length - index - 1}`;
    }
  };
  return [
    `cardinality(labels) >= ${path.length}`,
    ...path.flatMap((label, index) => (label === "*" ? [] : [`labels[${place(index)}] = ${param(label)}`])),
  ];
}

/** `{ field: value }` or `{ field: { $gt: value, … } }`, all of which hold. */
export function filtered(filter: Record<string, unknown>, param: Param): string[] {
  return Object.entries(filter).flatMap(([field, wanted]) =>
    comparisonsIn(wanted).map(([operator, value]) => comparison(field, operator, value, param)),
  );
}

function comparisonsIn(wanted: unknown): [operator: string, value: unknown][] {
  const isObject = typeof wanted === "object" && wanted !== null && !Array.isArray(wanted);
  const named = isObject ? Object.entries(wanted) : [];
  return named.some(([name]) => name.startsWith("$")) ? named : [["$eq", wanted]];
}

function comparison(field: string, operator: string, value: unknown, param: Param): string {
  const ordered = { $gt: ">", $gte: ">=", $lt: "<", $lte: "<=" };
  const stored = `value -> ${param(field)}::text`;
  const given = `${param(JSON.stringify(value))}::jsonb`;
  switch (operator) {
    case "$eq":
      return `${stored} = ${given}`;
    case "$ne":
      return `${stored} is distinct from ${given}`;
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      // jsonb has an order of types too, in which every text is less than every number; that is nobody's question.
      return `(jsonb_typeof(${stored}) = jsonb_typeof(${given}) and ${stored} ${ordered[operator]} ${given})`;
    default:
      throw new HoldpointError(
        "unsupported",
        `The filter of ${field} asks for ${operator}, which is none of $eq, $ne, $gt, $gte, $lt and $lte.`,
        { details: { field: `filter.${field}` } },
      );
  }
}
