// Writes of one run that are asked for in the same moment go in one transaction: LangGraph asks for a task's result and
// for the checkpoint of its step one right after the other, and each commit waits for the disk.
import type { Lease } from "../kernel/lease.js";
import type { Database, Flush, Statement } from "./database.js";

interface Waiting extends Statement {
  resolve(rows: object[]): void;
  reject(error: unknown): void;
}

export class StepWriter {
  readonly #db: Database;
  readonly #flush: Flush;
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(db: Database, flush: Flush) {
    this.#db = db;
    this.#flush = flush;
  }

  /** The rows the statement returns, once it is committed. */
  write(lease: Lease, text: string, params: readonly unknown[]): Promise<object[]> {
    return new Promise((resolve, reject) => {
      const key = `${lease.run?.id} ${lease.run?.epoch}`;
      const queue = this.#waiting.get(key);
      if (queue) {
        queue.push({ text, params, resolve, reject });
        return;
      }
      this.#waiting.set(key, [{ text, params, resolve, reject }]);
      setImmediate(() => {
        const batch = this.#waiting.get(key) ?? [];
        this.#waiting.delete(key);
        void this.#commit(lease.tenant, batch);
      });
    });
  }

  async #commit(tenant: string, batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.#db.batch({ tenant }, batch, this.#flush);
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] ?? []);
    } catch (error) {
      const [only] = batch;
      if (batch.length === 1 && only) {
        only.reject(error);
        return;
      }
      // One of them was wrong, and all were undone with it: each again by itself, in order.
      for (const one of batch) await this.#commit(tenant, [one]);
    }
  }
}
