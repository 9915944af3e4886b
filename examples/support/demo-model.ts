// Stands in for a model where no key is given: it knows a handful of requests by their words, and says so each time.
import { isHumanMessage, isToolMessage, type BaseMessage, type ToolMessage } from "@langchain/core/messages";
import { scriptedModel, type Model, type Script } from "holdpoint";

export const demoNotice = "(Scripted demo model, no real one: set OPENAI_API_KEY to talk to a model.)";

export function demoModel(): Model {
  return scriptedModel("a scripted demo model (set OPENAI_API_KEY for a real one)", answer);
}

const answer: Script = (messages) => {
  const asked = questionIn(lastRequest(messages));
  if (asked) return { text: asked };
  const results = resultsOfThisTurn(messages);
  if (results.length > 0) return { text: `${results.map(report).join(" ")} ${demoNotice}` };
  const calls = callsIn(lastRequest(messages));
  if (calls.length > 0) return { text: `I am on it. ${demoNotice}`, calls };
  return {
    text:
      `I can look up an order ("where is order 8841?"), tag a ticket ("tag ticket 12 as urgent"), write a draft note ` +
      `("note on ticket 12: called back"), refund ("refund 420 EUR for order 8841"), e-mail a customer ("e-mail the ` +
      `customer of order 8841") and delete an account ("delete account c-17"). ${demoNotice}`,
  };
};

/** A reviewer's question about a call that waits, which comes with the conversation and the call. */
function questionIn(request: string): string | null {
  const about = /^The action that waits: (.+)$/m.exec(request)?.[1];
  const question = /^The question: ([^]*)$/m.exec(request)?.[1];
  if (about === undefined || question === undefined) return null;
  const user = [...request.matchAll(/^User: (.*)$/gm)].at(-1)?.[1] ?? "";
  return (
    `You ask: "${question}" I proposed "${about}" because the user wrote: "${user}". I looked at nothing else, and ` +
    `cannot say more than that. ${demoNotice}`
  );
}

type Call = NonNullable<ReturnType<Script>["calls"]>[number];

/** Every request that is found in the words, in a fixed order: several in one message become parallel calls. */
function callsIn(request: string): Call[] {
  const calls: Call[] = [];
  const where = /(?:where is|look up|status of)\s+(?:my\s+|the\s+)?order\s+#?(\w+)/i.exec(request);
  if (where) calls.push({ tool: "look_up_order", args: { orderId: where[1] ?? "" } });
  const tag = /tag\s+ticket\s+#?([\w-]+)\s+(?:as|with)\s+([\w-]+)/i.exec(request);
  if (tag) calls.push({ tool: "tag_ticket", args: { ticketId: tag[1] ?? "", tag: tag[2] ?? "" } });
  const note = /note\s+(?:on|for)\s+ticket\s+#?([\w-]+)\s*:\s*(.+)/i.exec(request);
  if (note)
    calls.push({
      tool: "update_draft_note",
      args: { ticketId: note[1] ?? "", text: (note[2] ?? "").trim() },
    });
  const refund =
    /refund\s+(\d+(?:\.\d+)?)\s*([a-z]{3})\s+(?:for|of|on)\s+(?:my\s+|the\s+)?order\s+#?(\w+)/i.exec(request);
  if (refund) {
    const [, amount = "", currency = "", orderId = ""] = refund;
    calls.push({
      tool: "issue_refund",
      args: { orderId, amount: Number(amount), currency: currency.toUpperCase() },
    });
  }
  const email = /e-?mail\s+the\s+customer\s+of\s+order\s+#?(\w+)/i.exec(request);
  if (email) {
    const orderId = email[1] ?? "";
    const body = `Hello,\n\nthank you for your patience with order ${orderId}. We are looking into it and will be back to you soon.\n\nYour support desk`;
    calls.push({ tool: "send_email", args: { orderId, subject: `About your order ${orderId}`, body } });
  }
  const deletion = /delete\s+(?:the\s+)?account\s+(?:of\s+customer\s+)?#?([\w-]+)/i.exec(request);
  if (deletion) calls.push({ tool: "delete_account", args: { customerId: deletion[1] ?? "" } });
  return calls;
}

function lastRequest(messages: readonly BaseMessage[]): string {
  return messages.findLast((message) => isHumanMessage(message))?.text ?? "";
}

function resultsOfThisTurn(messages: readonly BaseMessage[]): ToolMessage[] {
  const begin = messages.findLastIndex((message) => isHumanMessage(message));
  return messages.slice(begin + 1).filter((message) => isToolMessage(message));
}

function report(result: ToolMessage): string {
  if (result.name !== "look_up_order" || result.status === "error") return result.text;
  const order = JSON.parse(result.text) as { id: string; status: string; total: number; currency: string };
  return `Order ${order.id} is ${order.status}; it was ${order.total} ${order.currency}.`;
}
