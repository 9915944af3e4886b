// The support desk's world: a few orders and tickets in memory. The tools act on it as they would on real systems.
export interface Order {
  id: string;
  status: string;
  total: number;
  currency: string;
  customer: { id: string; name: string; email: string };
}

export interface Desk {
  orders: Map<string, Order>;
  tags: Map<string, string[]>;
  notes: Map<string, string>;
  /** Refunds by idempotency key: a repeat with the same key pays nothing more. */
  refunds: Map<string, { orderId: string; amount: number; currency: string }>;
  outbox: { to: string; subject: string; body: string }[];
  deletedAccounts: Set<string>;
}

export function openDesk(): Desk {
  const orders: Order[] = [
    {
      id: "8841",
      status: "delivered on 12 November, two of three items",
      total: 420,
      currency: "EUR",
      customer: { id: "c-17", name: "Mara Lindqvist", email: "mara@example.com" },
    },
    {
      id: "8842",
      status: "on its way, expected tomorrow",
      total: 89.5,
      currency: "EUR",
      customer: { id: "c-23", name: "Jonas Weber", email: "jonas@example.com" },
    },
  ];
  return {
    orders: new Map(orders.map((order) => [order.id, order])),
    tags: new Map(),
    notes: new Map(),
    refunds: new Map(),
    outbox: [],
    deletedAccounts: new Set(),
  };
}
