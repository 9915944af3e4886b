// A word from process to process that something changed, over LISTEN and NOTIFY. It only saves waiting for the next
// look at the tables: one that is lost costs a second, and none carries anything that matters.
import pg from "pg";
import { messageOf } from "../kernel/errors.js";
import { sha256 } from "../kernel/json.js";
import type { Log } from "../kernel/log.js";

/**
 * `runs`: a run waits to be taken. `run:ID`: it emitted something, or ended. `cancel:ID`: somebody asked for its end.
 * `thread:HASH`: a run of it was begun, or waits to be. `reviews:HASH`: the queue of a tenant has changed.
 */
export type Topic = "runs" | `run:${string}` | `cancel:${string}` | ThreadTopic | QueueTopic;
type ThreadTopic = `thread:${string}`;
type QueueTopic = `reviews:${string}`;

/** Clients name threads as they like; a topic is short and holds no space. */
export function threadTopic(threadId: string): ThreadTopic {
  return `thread:${sha256(threadId).slice(0, 32)}`;
}

export function queueTopic(tenant: string): QueueTopic {
  return `reviews:${sha256(tenant).slice(0, 32)}`;
}

export interface Signals {
  /** Tells everybody, this process included, soon. */
  tell(topic: Topic): void;
  /** The answer ends it. */
  hear(listener: (topic: Topic) => void): () => void;
  /** Resolves at the next word on one of these topics (or on one that fits), or after so long. */
  next(
    topics: readonly Topic[] | ((topic: Topic) => boolean),
    withinMs: number,
    signal?: AbortSignal,
  ): Promise<void>;
  stop(): Promise<void>;
}

const channel = "holdpoint";
const gatherMs = 5;
const reconnectMs = 1_000;
/** A server that has not answered for so long is not there any more, whatever the connection says. */
const answerMs = 10_000;

/**
 * @param connectTo asked again at each try, since the server may have moved. NOTIFY takes a lock at commit that all
 * others of the database wait for, so it never stands in a transaction of the work itself, and words are gathered.
 */
export function createSignals(options: {
  connectTo: () => string;
  /** Is there another process to tell? */
  hasCompany: () => boolean;
  log: Log;
}): Signals {
  const listeners = new Set<(topic: Topic) => void>();
  const toTell = new Set<Topic>();
  let client: pg.Client | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let retry: NodeJS.Timeout | null = null;

  const spread = (topic: Topic): void => {
    for (const listener of listeners) listener(topic);
  };

  async function connect(): Promise<void> {
    const connecting = new pg.Client({
      connectionString: options.connectTo(),
      keepAlive: true,
      pipeline: true,
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
    });
    let isLost = false;
    const lost = (fault?: unknown): void => {
      if (isLost) return;
      isLost = true;
      if (client === connecting) client = null;
      void connecting.end().catch(() => {});
      if (stopped) return;
      if (fault !== undefined) options.log.info("not listening for now", { error: messageOf(fault) });
      retry = setTimeout(() => {
        retry = null;
        void connect();
      }, reconnectMs);
      retry.unref();
    };
    connecting.on("error", lost);
    connecting.on("end", () => lost());
    connecting.on("notification", ({ payload = "" }) => {
      for (const topic of payload.split(" ")) spread(topic as Topic);
    });
    try {
      await connecting.connect();
      await connecting.query(`/* signals.listen */ listen ${channel}`);
      if (stopped) return void connecting.end().catch(() => {});
      client = connecting;
    } catch (error) {
      lost(error);
    }
  }
  void connect();

  function sendGathered(): void {
    timer = null;
    const topics = [...toTell];
    toTell.clear();
    if (!client || !options.hasCompany()) {
      for (const topic of topics) spread(topic);
      return;
    }
    const telling = client;
    // A payload holds 8,000 bytes; a topic takes less than 50.
    for (let from = 0; from < topics.length; from += 100) {
      const payload = topics.slice(from, from + 100).join(" ");
      telling
        .query("/* signals.tell */ select pg_notify($1, $2)", [channel, payload])
        .catch((error: unknown) => {
          for (const topic of topics.slice(from, from + 100)) spread(topic);
          telling.emit("error", error);
        });
    }
  }

  const signals: Signals = {
    tell(topic) {
      toTell.add(topic);
      timer ??= setTimeout(sendGathered, gatherMs);
    },

    hear(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    next(topics, withinMs, signal) {
      const fits = typeof topics === "function" ? topics : (topic: Topic) => topics.includes(topic);
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(late);
          forget();
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const late = setTimeout(done, withinMs);
        const forget = signals.hear((topic) => {
          if (fits(topic)) done();
        });
        signal?.addEventListener("abort", done, { once: true });
        if (signal?.aborted) done();
      });
    },

    async stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
      if (retry) clearTimeout(retry);
      const open = client;
      client = null;
      await open?.end().catch(() => {});
    },
  };
  return signals;
}
