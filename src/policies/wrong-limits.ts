import type { LimitOutline, Misreference, ToolOutline } from "./outline.js";

/** A limit that is on nothing would be believed, and not kept. */
export function wrongLimits(
  limits: readonly LimitOutline[],
  tools: Readonly<Record<string, ToolOutline>>,
): Misreference[] {
  const priced = Object.entries(tools).filter(([, { amount }]) => amount !== undefined);
  const isIn = (currency: string, tool?: string): boolean =>
    priced.some(([name, said]) => said.currency === currency && (tool === undefined || name === tool));
  const unpriced = limits.length === 0 ? [] : priced.filter(([, { currency }]) => currency === undefined);
  return [
    ...unpriced.map(
      ([name]): Misreference => ({
        spot: { path: ["tools", name, "amount"], aim: "key" },
        message: `There are limits, so an amount needs its currency: write \`currency\` beside it, or no limit is on ${name}.`,
      }),
    ),
    ...limits.flatMap(({ currency, tools: named }, index): Misreference[] => {
      if (currency === undefined) return [];
      if (named === undefined && !isIn(currency))
        return [
          {
            spot: { path: ["limits", index, "currency"], aim: "value" },
            message: `No tool has an amount in ${currency}, so nothing is limited by this. Write \`amount\` and \`currency\` under the tool.`,
          },
        ];
      return (named ?? []).flatMap((tool, at) =>
        isIn(currency, tool)
          ? []
          : [
              {
                spot: { path: ["limits", index, "tools", at], aim: "value" as const },
                message: `${tool} has no amount in ${currency}, so nothing of it is limited by this. Write \`amount\` and \`currency\` under the tool.`,
              },
            ],
      );
    }),
  ];
}
