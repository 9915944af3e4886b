// From card to card by the arrows: columns that are empty are stepped over.
export type Direction = "left" | "right" | "up" | "down";

/** @param from what has the focus; where that is no card, the first card there is. */
export function cardBeside(from: Element | null, to: Direction): HTMLElement | null {
  const columns = [...document.querySelectorAll(".stage")]
    .map((stage) => [...stage.querySelectorAll<HTMLElement>(".card")])
    .filter((cards) => cards.length > 0);
  const at = columns.findIndex((cards) => cards.some((card) => card === from));
  const cards = columns[at];
  if (!cards) return columns[0]?.[0] ?? null;
  const row = cards.findIndex((card) => card === from);
  switch (to) {
    case "up":
      return cards[row - 1] ?? null;
    case "down":
      return cards[row + 1] ?? null;
    case "left":
    case "right": {
      const beside = columns[at + (to === "left" ? -1 : 1)];
      return beside?.[Math.min(row, beside.length - 1)] ?? null;
    }
  }
}
