// The example's page, built as it would be served, before a server with the example's agent.
import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AddressInfo } from "node:net";
import { build, preview } from "vite";
import { supportAgent } from "../../examples/support/agent.js";
import { openDesk, type Desk } from "../../examples/support/desk.js";
import type { Gate } from "../../src/http/gate.js";
import { listen } from "../../src/http/listen.js";
import { createRuntime } from "../../src/runtime.js";

export interface ChatPage {
  url: string;
  /** Of the server behind it. */
  apiUrl: string;
  desk: Desk;
  /** The server goes away; the page stays. */
  stopServer(): Promise<void>;
  stop(): Promise<void>;
}

const folder = fileURLToPath(new URL("../../examples/chat-embed", import.meta.url));

/** @param gate who may come in; without one, whoever is on this machine. */
export async function serveChatPage(databaseUrl: string, gate?: Gate): Promise<ChatPage> {
  const desk = openDesk();
  const runtime = await createRuntime({
    agents: [await supportAgent({}, desk)],
    database: { url: databaseUrl },
    settings: { leaseMs: 1_000, pollMs: 100, maxConnections: 8 },
  });
  const port = await listen(runtime, gate ? { gate } : {});
  process.env["HOLDPOINT_URL"] = port.url;
  const outDir = await mkdtemp(join(tmpdir(), "holdpoint-chat-"));
  const options = {
    configFile: join(folder, "vite.config.ts"),
    logLevel: "silent",
    build: { outDir },
  } as const;
  await build(options);
  const page = await preview({ ...options, preview: { host: "127.0.0.1", port: 0 } });
  const { port: pagePort } = page.httpServer.address() as AddressInfo;
  let isServing = true;
  const stopServer = async (): Promise<void> => {
    if (!isServing) return;
    isServing = false;
    await port.close();
    await runtime.stop();
  };
  return {
    url: `http://127.0.0.1:${pagePort}`,
    apiUrl: port.url,
    desk,
    stopServer,
    async stop() {
      await page.close();
      await stopServer();
      await rm(outDir, { recursive: true, force: true });
    },
  };
}
