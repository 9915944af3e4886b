// An event stream that goes on whatever becomes of the server.

const againMs = 3_000;

export interface Heard {
  told(data: string): void;
  connected(isConnected: boolean): void;
}

/** What this needs of an event stream, the browser's or another. */
interface Stream {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: MessageEvent) => void): void;
  close(): void;
}

const closed = 2;

/** @returns what ends it. */
export function hear(open: () => Stream, event: string, { told, connected }: Heard): () => void {
  let again: ReturnType<typeof setTimeout> | undefined;
  let stream: Stream;
  const connect = (): void => {
    const current = open();
    stream = current;
    current.addEventListener(event, ({ data }) => told(String(data)));
    current.addEventListener("open", () => connected(true));
    current.addEventListener("error", () => {
      connected(false);
      // Cut off, it connects again by itself. Answered with anything but a stream (a server that is starting, a proxy
      // whose server is away), it gives up for good.
      if (current.readyState === closed) again = setTimeout(connect, againMs);
    });
  };
  connect();
  return () => {
    clearTimeout(again);
    stream.close();
  };
}
