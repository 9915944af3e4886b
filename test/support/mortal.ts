// A process's way to the database that dies with it: at a statement that is named, before it is made durable or after.
// From then on nothing of the process gets there.
import type { Database, Sql, Statement } from "../../src/storage/database.js";

export interface Death {
  /** A statement's label, as `execution.claim`. */
  at: string;
  when: "before" | "after";
}

export interface Mortal {
  db: Database;
  /** Where it is to die next; null lets it live. */
  doom(death: Death | null): void;
  /** Now, between two statements. */
  die(): Promise<never>;
}

export function mortal(db: Database, died: () => Promise<void>): Mortal {
  let doom: Death | null = null;
  let isDead = false;
  const never = new Promise<never>(() => {});
  const die = async (): Promise<never> => {
    isDead = true;
    await died();
    return never;
  };
  const isAt = (text: string, when: Death["when"]): boolean =>
    doom?.when === when && text.startsWith(`/* ${doom.at} */`);

  /** Runs a transaction; one that is cut off is rolled back, as the server does where a connection breaks. */
  const living = async <T>(run: (heard: (sql: Sql) => Sql) => Promise<T>): Promise<T> => {
    if (isDead) return never;
    let isLast = false;
    const heard = (sql: Sql): Sql => ({
      async query(text, params) {
        if (isDead || isAt(text, "before")) throw new CutOff();
        isLast ||= isAt(text, "after");
        return sql.query(text, params);
      },
    });
    try {
      const result = await run(heard);
      return isLast ? await die() : result;
    } catch (error) {
      if (error instanceof CutOff) return die();
      throw error;
    }
  };
  const batch = async (statements: readonly Statement[], run: () => Promise<object[][]>) => {
    if (isDead) return never;
    if (statements.some(({ text }) => isAt(text, "before"))) return die();
    const results = await run();
    return statements.some(({ text }) => isAt(text, "after")) ? die() : results;
  };

  return {
    die,
    doom: (death) => {
      doom = death;
    },
    db: {
      ...db,
      transaction: (scope, work) => living((heard) => db.transaction(scope, (sql) => work(heard(sql)))),
      toolTransaction: (tenant, tool, settle) =>
        living((heard) => db.toolTransaction(tenant, tool, (sql, result) => settle(heard(sql), result))),
      batch: (scope, statements, flush) => batch(statements, () => db.batch(scope, statements, flush)),
      async once(scope, text, params = [], flush) {
        const [rows = []] = await this.batch(scope, [{ text, params }], flush);
        return rows as never;
      },
    },
  };
}

class CutOff extends Error {}
