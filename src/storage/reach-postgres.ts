// One Postgres for a process: a server that is given, or an embedded one that is kept alive. An embedded server stops
// with the process that started it; whoever had adopted it then starts one on the same data.
import { messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import { startEmbeddedPostgres } from "./embedded-postgres.js";

export interface Postgres {
  readonly url: string;
  /** For migrations, where `url` goes through a transaction pooler. */
  readonly directUrl: string;
  /** Called when the server does not answer; gives the URL it is to be found at now, or null where nothing can be done. */
  revive(): Promise<string | null>;
  stop(): Promise<void>;
}

export function givenPostgres(url: string, directUrl: string = url): Postgres {
  return { url, directUrl, revive: async () => null, stop: async () => {} };
}

export async function embeddedPostgres(home: string, log: Log): Promise<Postgres> {
  let server = await startEmbeddedPostgres({ home });
  let reviving: Promise<string | null> | null = null;
  let stopped = false;
  return {
    url: server.url,
    directUrl: server.url,
    // Many find out at the same time; one goes and looks.
    revive: () => (reviving ??= revive().finally(() => (reviving = null))),
    async stop() {
      stopped = true;
      await reviving;
      await server.stop();
    },
  };

  async function revive(): Promise<string | null> {
    if (stopped) return null;
    try {
      const next = await startEmbeddedPostgres({ home });
      if (next.url !== server.url)
        log.warn("the embedded Postgres was gone; another one serves its data now", { home });
      // What we started ourselves stays ours to stop, also when it is found again.
      server = next.adopted && next.url === server.url ? server : next;
      return next.url;
    } catch (error) {
      log.error("the embedded Postgres is gone and cannot be started", { home, error: messageOf(error) });
      return null;
    }
  }
}
