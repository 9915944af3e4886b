import { jsonLog, type Log } from "../kernel/log.js";

/** Warnings and errors, on stderr: as sentences where a person reads, as JSON where a program does. */
export function consoleLog(stream: { isTTY?: boolean; write(text: string): unknown }): Log {
  const log = stream.isTTY
    ? plainLog((line) => void stream.write(line))
    : jsonLog((line) => void stream.write(line));
  return { ...log, info: () => {} };
}

function plainLog(write: (line: string) => void): Log {
  const at =
    (level: string) =>
    (what: string, fields: Record<string, unknown> = {}) => {
      const said = Object.entries(fields).flatMap(([name, value]) =>
        value === undefined ? [] : [` ${name}=${textOf(value)}`],
      );
      write(`${level}: ${what}${said.join("")}\n`);
    };
  return { info: at("info"), warn: at("warning"), error: at("error") };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
