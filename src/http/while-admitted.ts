// A stream is for whoever opened it, for as long as they would still be let in: it may be open for days, and a key is taken
// out of the file, or a token expires, in minutes. So is an answer that somebody waits for.

export interface Rights {
  /** False: they end. A time: they last till then at most. True: so far nothing is known against them. */
  isStillIn(): Promise<boolean | Date>;
  now(): number;
  /** They were found to have ended. */
  isOver(): void;
}

export interface Watch extends Rights {
  /** How often they are asked about. */
  everyMs: number;
}

/** As they stand at this moment. */
export async function isStillIn(rights: Rights): Promise<boolean> {
  const still = await rights.isStillIn();
  const isIn = still instanceof Date ? still.getTime() > rights.now() : still;
  if (!isIn) rights.isOver();
  return isIn;
}

/** The same answer, cut off once its reader is let in no more. */
export function whileAdmitted(response: Response, watch: Watch): Response {
  if (!response.body) return response;
  const reader = response.body.getReader();
  const ended = endOf(watch);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await Promise.race([reader.read(), ended.promise]);
      if (next !== "over" && !next.done) return controller.enqueue(next.value);
      ended.forget();
      controller.close();
      if (next !== "over") return;
      // Nobody hears it any more, and whatever feeds it may stop.
      watch.isOver();
      await reader.cancel();
    },
    async cancel(reason) {
      ended.forget();
      await reader.cancel(reason);
    },
  });
  return new Response(body, response);
}

function endOf({ isStillIn, everyMs, now }: Watch): { promise: Promise<"over">; forget(): void } {
  let timer: NodeJS.Timeout | undefined;
  let isForgotten = false;
  let until: Date | null = null;
  const promise = new Promise<"over">((end) => {
    const look = async (): Promise<void> => {
      const still = await isStillIn();
      if (isForgotten) return;
      if (still instanceof Date) until = still;
      const leftMs = until ? until.getTime() - now() : everyMs;
      if (still === false || leftMs <= 0) end("over");
      else timer = setTimeout(ask, Math.min(everyMs, leftMs));
    };
    // Where it cannot be told whether they are still let in, they are not.
    const ask = (): void => void look().catch(() => end("over"));
    ask();
  });
  return {
    promise,
    forget() {
      isForgotten = true;
      clearTimeout(timer);
    },
  };
}
