// Stands in for a model where no key is given: it knows a handful of requests by their words, and says so each time.
import type { ToolMessage } from "@langchain/core/messages";
import { scriptedModel, type Model, type Script } from "holdpoint";
import {
  demoName,
  demoNotice,
  lastRequest,
  proposalsIn,
  resultsOfThisTurn,
  said,
  type SaidBlock,
} from "../demo.js";

export function demoModel(): Model {
  return scriptedModel(demoName, answer, {
    demo: "refund 420 EUR for order 8841",
  });
}

const answer: Script = (messages, answerSchema) => {
  const asked = lastRequest(messages);
  if (answerSchema === "draft_blocks") return { text: JSON.stringify({ blocks: blocksIn(asked) }) };
  if (answerSchema === "draft_proposals") return { text: JSON.stringify({ proposals: proposalsIn(asked) }) };
  const explained = explanationIn(lastRequest(messages));
  if (explained) return { text: explained };
  const results = resultsOfThisTurn(messages);
  if (results.length > 0) return { text: `${results.map(report).join(" ")} ${demoNotice}` };
  const calls = callsIn(lastRequest(messages));
  if (calls.length > 0) return { text: `I am on it. ${demoNotice}`, calls };
  return {
    text:
      `I can look up an order ("where is order 8841?"), tag a ticket ("tag ticket 12 as urgent"), write a draft note ` +
      `("note on ticket 12: called back"), refund ("refund 420 EUR for order 8841"), e-mail a customer ("e-mail the ` +
      `customer of order 8841"), delete an account ("delete account c-17"), ask a person ("ask a person whether order ` +
      `8841 is refunded in full") and hand over to one ("I want to speak to a person"). ${demoNotice}`,
  };
};

/** An e-mail in blocks, one of each kind: as a model says what it is sure of, and what it does not know. */
function blocksIn(request: string): SaidBlock[] {
  const orderId = /"orderId":"(\w+)"/.exec(request)?.[1] ?? "";
  return [
    said("confident", `Hello,\n\nthank you for your patience with order ${orderId}.`, {
      sources: [{ from: "user", quote: `order ${orderId}` }],
    }),
    said("placeholder", "", { note: "What came of it: I have not looked into the order." }),
    said("uncertain", "We will be back to you within two days.", {
      note: "A promise, and no rule of the desk gives a time.",
      alternatives: ["We will be back to you soon.", "You need do nothing more."],
    }),
    said("confident", "Your support desk", { joint: "nothing" }),
  ];
}

/** A reviewer's question about a call that waits, which comes with the conversation and the call. */
function explanationIn(request: string): string | null {
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
  const question = questionIn(request);
  // What is asked about is not to be done.
  if (question) return [question];
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
      rationale: {
        why: `The customer asks for ${amount} ${currency.toUpperCase()} back, and names order ${orderId}.`,
        alternatives: [
          { instead: "Send what is missing", why_not: "Money was asked for, and I cannot see the stock." },
          { instead: "Refund a part of it", why_not: "No part was named." },
        ],
        confidence: 0.85,
      },
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
  if (/(?:speak|talk)\s+(?:to|with)\s+(?:a\s+)?(?:real\s+)?(?:person|human|somebody|someone)/i.test(request))
    calls.push({
      tool: "hand_over",
      args: {
        reason: "asked_for_a_person",
        summary: `The customer wrote: "${request.trim().slice(0, 1_000)}"`,
        tried: ["Nothing yet: a person was asked for at once."],
        open: ["What it is about, and who calls back."],
      },
    });
  return calls;
}

function questionIn(request: string): Call | null {
  const asked = /ask\s+(?:a|the)\s+(?:person|human|colleague)\s+(?:whether|if)\s+(.+)/is.exec(request)?.[1];
  const about = asked
    ?.trim()
    .replace(/[.?!]+$/, "")
    .slice(0, 1_000);
  if (!about) return null;
  return {
    tool: "ask_human",
    args: {
      question: `I am to ask whether ${about}. What shall I do?`,
      options: [
        {
          label: "Yes, do so",
          rationale: "It ends the case today, and the customer has waited long enough.",
          cost: "The whole of it, at once.",
          evidence: "The customer's own words; I have checked nothing.",
        },
        {
          label: "Look at the order first",
          rationale: "It may already have been put right.",
          cost: "A few minutes, and one more message.",
        },
        {
          label: "No, and say why",
          rationale: "It may not be what was promised.",
          cost: "Perhaps the customer.",
        },
      ],
      why: "No rule of the desk answers this, and it is not mine to decide.",
    },
  };
}

function report(result: ToolMessage): string {
  if (result.name !== "look_up_order" || result.status === "error") return result.text;
  const order = JSON.parse(result.text) as { id: string; status: string; total: number; currency: string };
  return `Order ${order.id} is ${order.status}; it was ${order.total} ${order.currency}.`;
}
