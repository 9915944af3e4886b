import { commandLine } from "../http/command-line.js";

/** What a person who has just started the server reads: where it is, what it runs on, what to do next. */
export function greeting(of: {
  url: string;
  graphs: readonly { id: string; what: string }[];
  database: string;
  policy: string;
  /** Who may come in; null: everybody on this machine, as one person. */
  access: string | null;
}): string {
  const [first] = of.graphs;
  const body = JSON.stringify({
    assistant_id: first?.id,
    input: { messages: [{ role: "user", content: "refund 420 EUR for order 8841" }] },
  });
  return [
    `Holdpoint listens on ${of.url}`,
    ...of.graphs.map(({ id, what }, index) => `  ${index === 0 ? "serves  " : "        "}  ${id}: ${what}`),
    `  database  ${of.database}`,
    `  policy    ${of.policy}`,
    ...(of.access === null ? [] : [`  access    ${of.access}`]),
    "Next, in another terminal:",
    `  to talk to the agent:  ${commandLine(of.url, "chat")}`,
    `  to see what waits:     ${commandLine(of.url, "reviews")}`,
    `  to do it by HTTP:      curl -s ${of.url}/runs/wait -H 'content-type: application/json'${of.access === null ? "" : ' -H "X-Api-Key: $HOLDPOINT_API_KEY"'} -d '${body}'`,
    "",
  ].join("\n");
}
