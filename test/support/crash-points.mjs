// Where a program may be killed with -9: before each statement that makes something durable, after its commit, and around
// what is done outside the database. With `RECORD` each point is noted in that file; at the one of `KILL_AT` it dies.
import { appendFileSync } from "node:fs";
import pg from "pg";

const { KILL_AT, RECORD } = process.env;
const point = KILL_AT ? JSON.parse(KILL_AT) : null;

/** @param labelOf names a statement by its text; undefined where it is no point. The nth of a name is another point. */
export function watchStatements(labelOf) {
  const seen = new Map();
  const query = pg.Client.prototype.query;
  pg.Client.prototype.query = function (given, ...rest) {
    const text = (typeof given === "string" ? given : given?.text) ?? "";
    const label = labelOf(text);
    // Statements may share a commit: they are durable together.
    if (/^begin/i.test(text)) this.points = [];
    if (label) {
      const nth = (seen.get(label) ?? 0) + 1;
      seen.set(label, nth);
      const name = `${label}#${nth}`;
      this.points?.push(name);
      reach(name, "before");
    }
    const committed = /^commit/i.test(text) ? (this.points ?? []) : [];
    for (const name of committed) note(name, "after");
    const result = query.call(this, given, ...rest);
    if (committed.some((name) => isAt(name, "after"))) void Promise.resolve(result).then(die, die);
    return result;
  };
}

/** Of our own statements, which say what they are called. */
export function ownLabels(durable) {
  return (text) => {
    const label = /\/\* ([a-z.-]+) \*\//.exec(text)?.[1];
    return label && durable.test(label) ? label : undefined;
  };
}

/** Does what no statement does, as a point of its own. */
export async function doing(name, work) {
  reach(name, "before");
  await work();
  reach(name, "after");
}

function reach(name, when) {
  note(name, when);
  if (isAt(name, when)) die();
}

function note(name, when) {
  if (RECORD) appendFileSync(RECORD, `${when} ${name}\n`);
}

const isAt = (name, when) => point?.name === name && point.when === when;
const die = () => process.kill(process.pid, "SIGKILL");
