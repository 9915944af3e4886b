// Whoever is told by webhook: a real HTTP server that keeps what it was sent.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  /** As it came, which is what is signed. */
  text: string;
  body: Record<string, unknown>;
}

export interface Receiver {
  /** An address of it; each test has a path of its own. */
  url(path: string): string;
  /** What arrived at a path, in order. */
  at(path: string): Received[];
  /** What a path answers from now on; without it, 200. */
  answer(path: string, how: (response: ServerResponse, nth: number) => void): void;
  close(): Promise<void>;
}

export async function receiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers = new Map<string, (response: ServerResponse, nth: number) => void>();
  const at = (path: string) => received.filter((one) => one.path === path);
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      received.push({ path, headers: request.headers, text, body: JSON.parse(text) as Received["body"] });
      const answer = answers.get(path);
      if (answer) answer(response, at(path).length);
      else response.end("ok");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    at,
    answer: (path, how) => void answers.set(path, how),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
