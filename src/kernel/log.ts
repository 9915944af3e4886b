/** Where the running parts say what happened: a sentence and the ids that belong to it. */
export interface Log {
  info(what: string, fields?: Record<string, unknown>): void;
  warn(what: string, fields?: Record<string, unknown>): void;
  error(what: string, fields?: Record<string, unknown>): void;
}

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** One JSON object a line. */
export function jsonLog(write: (line: string) => void): Log {
  const at =
    (level: string) =>
    (what: string, fields: Record<string, unknown> = {}) =>
      write(`${JSON.stringify({ time: new Date().toISOString(), level, what, ...fields })}\n`);
  return { info: at("info"), warn: at("warn"), error: at("error") };
}
