/** The items of an iterable, and "silence" each time none has come for so long. */
export async function* eachWithin<T>(
  items: AsyncIterable<T>,
  silenceMs: number,
): AsyncGenerator<T | "silence"> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const arrived = await within(next, silenceMs);
      if (arrived === "silence") yield arrived;
      else if (arrived.done) return;
      else {
        yield arrived.value;
        next = iterator.next();
      }
    }
  } finally {
    // Not awaited: it may be in the middle of waiting for what nobody wants any more.
    void iterator.return?.().catch(() => {});
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | "silence"> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<"silence">((resolve) => {
    timer = setTimeout(() => resolve("silence"), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
