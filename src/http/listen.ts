// A port of this machine, and what answers there. It is opened before there is anything to serve: a port that is
// taken should be known before a database is started for it.
import { getRequestListener, RequestError } from "@hono/node-server";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import { silentLog } from "../kernel/log.js";
import type { Runtime } from "../runtime.js";
import { createApp, type AppOptions, type Fetch } from "./app.js";
import { problemResponse, startingResponse } from "./problem.js";

export interface Port {
  /** Without a slash at the end. */
  readonly url: string;
  /** From now on this answers; before, everything is told to come back soon. */
  serve(fetch: Fetch): void;
  /** Takes no more connections; those at work go on. */
  stopListening(): void;
  /** Ends the connections that are left, after a moment for answers that are being written. */
  close(): Promise<void>;
}

const graceMs = 1_000;

/** Serves a runtime; port 0 is one that is free. */
export async function listen(
  runtime: Runtime,
  { host = "127.0.0.1", port = 0, ...options }: AppOptions & { host?: string; port?: number } = {},
): Promise<Port> {
  const opened = await openPort({ host, port });
  opened.serve(createApp(runtime, options));
  return opened;
}

export async function openPort({ host, port }: { host: string; port: number }): Promise<Port> {
  let answer: Fetch = startingResponse;
  const listener = getRequestListener((request) => answer(request), {
    hostname: host,
    // It would replace Request and Response for every other code of this process.
    overrideGlobalObjects: false,
    errorHandler: (error) => problemResponse(unreadable(error), silentLog),
  });
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await bind(server, host, port);
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const { address, family, port: bound } = server.address() as AddressInfo;

  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`,
    serve(fetch) {
      answer = fetch;
    },
    stopListening() {
      server.close();
      server.closeIdleConnections();
    },
    async close() {
      server.close();
      const idling = setInterval(() => server.closeIdleConnections(), 20);
      await Promise.race([closed, delay(graceMs, null, { ref: false })]);
      clearInterval(idling);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A request whose target or Host header cannot be read never reaches the app. */
function unreadable(error: unknown): unknown {
  return error instanceof RequestError
    ? new HoldpointError("request_invalid", `${messageOf(error)}.`)
    : error;
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  }).catch((error: unknown) => {
    throw explain(error, host, port);
  });
}

function explain(error: unknown, host: string, port: number): unknown {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "EADDRINUSE":
      return new HoldpointError(
        "port_taken",
        `Port ${port} of ${host} is in use by another program, perhaps another Holdpoint. ` +
          `Stop that one, or set PORT to a free one: PORT=${port + 1}.`,
        { cause: error, details: { port } },
      );
    case "EACCES":
      return new HoldpointError(
        "options_invalid",
        `Port ${port} may not be opened by this user. Set PORT to one above 1023.`,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new HoldpointError(
        "options_invalid",
        `HOST=${host} is no address of this machine. Use 127.0.0.1.`,
      );
    default:
      return error;
  }
}
