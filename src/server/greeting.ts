import { commandLine } from "../http/command-line.js";

/** What a person who has just started the server reads: where it is, what it runs on, what to do next. */
export function greeting(of: {
  url: string;
  graphId: string;
  model: string;
  database: string;
  policy: string;
}): string {
  const body = JSON.stringify({
    assistant_id: of.graphId,
    input: { messages: [{ role: "user", content: "refund 420 EUR for order 8841" }] },
  });
  return [
    `Holdpoint listens on ${of.url}`,
    `  model     ${of.model}`,
    `  database  ${of.database}`,
    `  policy    ${of.policy}`,
    "Next, in another terminal:",
    `  to talk to the agent:  ${commandLine(of.url, "chat")}`,
    `  to see what waits:     ${commandLine(of.url, "reviews")}`,
    `  to do it by HTTP:      curl -s ${of.url}/runs/wait -H 'content-type: application/json' -d '${body}'`,
    "",
  ].join("\n");
}
