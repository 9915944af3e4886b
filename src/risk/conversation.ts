// What was said and answered in a conversation, read once for all the calls that are held against it.
import type { Source } from "../drafting/sources.js";
import { ordersIn } from "./acts.js";
import { Known } from "./known.js";

export class Conversation {
  /** What those wrote who may order something: whoever asks, and the company in its instructions. */
  readonly asked: Known;
  /** What tools answered, by our own rows. Whoever wrote that may order nothing. */
  readonly results: Known;
  /** Of these, what came before the last words of whoever asks. */
  readonly heard: Known;
  #orders: readonly Source[] | null = null;

  /** @param fresh how many results, the last ones, came after the last words of whoever asks: nobody has said anything to them yet. */
  constructor(asked: readonly Source[], results: readonly Source[], fresh: number) {
    this.asked = new Known(asked);
    this.results = new Known(results);
    this.heard = new Known(results.slice(0, results.length - fresh));
  }

  /** Sentences of results that tell somebody to do something. */
  get orders(): readonly Source[] {
    return (this.#orders ??= this.results.sources.flatMap(({ from, text }) =>
      ordersIn(text).map((order) => ({ from, text: order })),
    ));
  }
}
