// An event stream that goes on whatever becomes of the server.

const againMs = 3_000;

/** @returns what ends it. */
export function hear(
  open: () => EventSource,
  event: string,
  { told, connected }: { told(data: string): void; connected(isConnected: boolean): void },
): () => void {
  let again: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource;
  const connect = (): void => {
    const current = open();
    source = current;
    current.addEventListener(event, ({ data }) => told(String(data)));
    current.addEventListener("open", () => connected(true));
    current.addEventListener("error", () => {
      connected(false);
      // Cut off, the browser connects again by itself. Answered with anything but a stream (a server that is starting, a
      // proxy whose server is away), it gives up for good.
      if (current.readyState === EventSource.CLOSED) again = setTimeout(connect, againMs);
    });
  };
  connect();
  return () => {
    clearTimeout(again);
    source.close();
  };
}
