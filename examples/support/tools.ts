import { z } from "zod";
import { defineTool, type HoldpointTool } from "holdpoint";
import type { Desk } from "./desk.js";

/** The desk's six tools: one that reads, two that can be taken back, three that cannot. */
export function supportTools(desk: Desk): HoldpointTool[] {
  return [
    defineTool({
      name: "look_up_order",
      description: "Look up an order by its number: status, total, customer.",
      args: z.object({ orderId: z.string() }),
      annotations: { title: "Look up an order", readOnlyHint: true },
      title: ({ orderId }) => `Look up order ${orderId}`,
      run: ({ orderId }) => orderOf(desk, orderId),
    }),
    defineTool({
      name: "tag_ticket",
      description: "Put a tag on a ticket. Tags can be taken off again.",
      args: z.object({ ticketId: z.string(), tag: z.string().max(40) }),
      annotations: { title: "Tag a ticket", destructiveHint: false, idempotentHint: true },
      reversibility: "reversible",
      title: ({ ticketId, tag }) => `Tag ticket ${ticketId} as ${tag}`,
      run: ({ ticketId, tag }) => {
        const tags = desk.tags.get(ticketId) ?? [];
        if (!tags.includes(tag)) desk.tags.set(ticketId, [...tags, tag]);
        return `Ticket ${ticketId} is tagged ${tag}.`;
      },
    }),
    defineTool({
      name: "update_draft_note",
      description:
        "Write the internal draft note of a ticket. Nobody outside sees it; it can be written again.",
      args: z.object({ ticketId: z.string(), text: z.string() }),
      annotations: { title: "Update a draft note", idempotentHint: true },
      reversibility: "reversible",
      title: ({ ticketId }) => `Update the draft note of ticket ${ticketId}`,
      run: ({ ticketId, text }) => {
        desk.notes.set(ticketId, text);
        return `The draft note of ticket ${ticketId} is written.`;
      },
    }),
    defineTool({
      name: "issue_refund",
      description:
        "Refund an amount to the card an order was paid with. Money leaves; it cannot be taken back.",
      args: z.object({ orderId: z.string(), amount: z.number().positive(), currency: z.string().length(3) }),
      annotations: { title: "Issue a refund" },
      reversibility: "irreversible",
      effect: "keyed",
      title: ({ orderId, amount, currency }) =>
        `Refund ${amount.toFixed(2)} ${currency} for order ${orderId} to the card it was paid with`,
      run: ({ orderId, amount, currency }, { idempotencyKey }) => {
        const order = orderOf(desk, orderId);
        if (amount > order.total)
          throw new Error(`Order ${orderId} was only ${order.total} ${order.currency}.`);
        desk.refunds.set(idempotencyKey, { orderId, amount, currency });
        return `Refunded ${amount.toFixed(2)} ${currency} for order ${orderId}.`;
      },
    }),
    defineTool({
      name: "send_email",
      description: "Send an e-mail to the customer of an order. It cannot be called back.",
      args: z.object({ orderId: z.string(), subject: z.string(), body: z.string() }),
      annotations: { title: "Send an e-mail", openWorldHint: true },
      reversibility: "irreversible",
      draft: "body",
      title: ({ orderId, subject }) => `E-mail the customer of order ${orderId}: "${subject}"`,
      run: ({ orderId, subject, body }) => {
        const { customer } = orderOf(desk, orderId);
        desk.outbox.push({ to: customer.email, subject, body });
        return `Sent to ${customer.name}.`;
      },
    }),
    defineTool({
      name: "delete_account",
      description: "Delete a customer's account with all its data, for good.",
      args: z.object({ customerId: z.string() }),
      annotations: { title: "Delete an account", destructiveHint: true },
      reversibility: "irreversible",
      title: ({ customerId }) => `Delete the account of customer ${customerId} for good`,
      run: ({ customerId }) => {
        desk.deletedAccounts.add(customerId);
        return `The account of customer ${customerId} is deleted.`;
      },
    }),
  ];
}

function orderOf(desk: Desk, orderId: string) {
  const order = desk.orders.get(orderId);
  if (!order)
    throw new Error(
      `There is no order ${orderId}. This desk knows ${[...desk.orders.keys()].join(" and ")}.`,
    );
  return order;
}
