import type { Review } from "../http/contract.js";
import { defineCommand } from "./command.js";
import { findReview, shortIds } from "./find-review.js";
import { printableJson } from "./printable.js";
import { ageOf, reviewText } from "./review-text.js";
import { serverAt } from "./server.js";
import { formatTable } from "./table.js";

/** The newest of a long past are not listed here; `--json` gives all. */
const mostListed = 1_000;
const longestTitle = 60;

export const reviewsCommand = defineCommand({
  name: "reviews",
  usage: "[--all] [--json]",
  summary: "List what waits for a decision, oldest first.",
  details: `  --all   decided ones too
  --json  one JSON array in place of the table

The beginning of an id is enough wherever one is asked for.`,
  options: { all: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
  positionals: [],
  async run({ all, json }, terminal) {
    const reviews: Review[] = [];
    for await (const review of serverAt(terminal).reviews(all ? "all" : "open")) {
      reviews.push(review);
      if (!json && reviews.length === mostListed) break;
    }
    if (json) terminal.out(`${printableJson(reviews)}\n`);
    else if (reviews.length === 0) terminal.out(all ? "There are no reviews.\n" : "Nothing waits.\n");
    else {
      terminal.out(listText(reviews, new Date()));
      if (reviews.length === mostListed) terminal.out(`The oldest ${mostListed}; there may be more.\n`);
    }
    return 0;
  },
});

export const showCommand = defineCommand({
  name: "show",
  usage: "ID [--json]",
  summary: "Show a review: what would run, on exactly which arguments, and why it waits.",
  details: "",
  options: { json: { type: "boolean", default: false } },
  positionals: ["ID"],
  async run({ json }, terminal, id = "") {
    const server = serverAt(terminal);
    const review = await findReview(server, id);
    if (json) terminal.out(`${printableJson(review)}\n`);
    else terminal.out(reviewText(review, new Date(), await server.events(review.id)));
    return 0;
  },
});

function listText(reviews: readonly Review[], now: Date): string {
  const ids = shortIds(reviews.map(({ id }) => id));
  const rows = reviews.map((review, index) => [
    ids[index] ?? review.id,
    review.decision ? `${review.status}: ${review.decision.type}` : review.status,
    review.level,
    review.title.length > longestTitle ? `${review.title.slice(0, longestTitle - 1)}…` : review.title,
    review.tier,
    ageOf(review.openedAt, now),
    review.threadId,
  ]);
  return formatTable(["id", "status", "level", "title", "tier", "age", "thread"], rows);
}
