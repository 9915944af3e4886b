// A way to Postgres that can be cut: for faults of the network, as against those of the server.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface TcpProxy {
  url: string;
  /** Breaks every connection, and each new one, until it is mended. */
  cut(): void;
  /**
   * Lets the next packet that holds this text through, waits until it has been answered, and cuts before the answer.
   * Resolves when it has.
   */
  loseAnswerTo(text: string): Promise<void>;
  /** Cuts at the next packet that holds this text, which does not arrive. */
  cutAt(text: string): void;
  /** Lets nothing through, either way, and breaks nothing: what is sent arrives when it is mended. */
  stall(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function tcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  let isCut = false;
  let isStalled = false;
  let losing: { text: string; isLost(): void } | null = null;
  let last: string | null = null;

  const cut = (): void => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(target.port), target.hostname);
    let lost: (() => void) | null = null;
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (data) => {
      if (last !== null && data.includes(last)) {
        cut();
        return;
      }
      if (losing !== null && data.includes(losing.text)) {
        lost = losing.isLost;
        losing = null;
      }
      far.write(data);
    });
    far.on("data", (data) => {
      if (lost === null) return void near.write(data);
      // The command tag of the commit: what was asked for has been done.
      if (!data.includes("COMMIT")) return;
      cut();
      lost();
    });
    // To hear data is to let it flow.
    if (isStalled) for (const socket of [near, far]) socket.pause();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut,
    loseAnswerTo: (text) => new Promise((isLost) => (losing = { text, isLost })),
    cutAt: (text) => void (last = text),
    stall() {
      isStalled = true;
      for (const socket of open) socket.pause();
    },
    mend() {
      isCut = false;
      last = null;
      isStalled = false;
      for (const socket of open) socket.resume();
    },
    async close() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
