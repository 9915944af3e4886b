import { boardColumns } from "../contract/board.js";
import type * as wire from "../contract.js";
import type { Board } from "../../storage/board-rows.js";

export function boardToWire({ ranWithoutAsking, ...columns }: Board): wire.Board {
  const shown = boardColumns.map((name) => {
    const { count, cards } = columns[name];
    return [name, { count, cards: cards.map((card) => ({ ...card, at: card.at.toISOString() })) }];
  });
  return { ...(Object.fromEntries(shown) as Omit<wire.Board, "ranWithoutAsking">), ranWithoutAsking };
}
