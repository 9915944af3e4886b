import { Environment } from "@marcbachmann/cel-js";

/** The words and types a rule can use, beyond CEL's own. What of CEL is refused stands in `cel-limits.ts`. */
export const variables = ["tool", "args", "context", "facts", "user", "now"] as const;

export const language = createLanguage();

function createLanguage(): Environment {
  const environment = new Environment({
    limits: {
      maxAstNodes: 1_000,
      maxDepth: 50,
      maxListElements: 500,
      maxMapEntries: 100,
      maxCallArguments: 8,
    },
  })
    .registerVariable("tool", "string")
    .registerVariable("args", "map<string, dyn>")
    .registerVariable("context", "map<string, dyn>")
    .registerVariable("facts", "map<string, dyn>")
    .registerVariable("user", "map<string, dyn>")
    .registerVariable("now", "google.protobuf.Timestamp");
  addMixedArithmetic(environment);
  addNumber(environment);
  addMentions(environment);
  return environment;
}

// Every JSON number is a double to CEL, and `2` is an int. Comparing the two works, but CEL defines no `double * int`:
// without these, `args.amount * 2 > 1000` would fail on every call.
function addMixedArithmetic(environment: Environment): void {
  const operators: Record<string, (a: number, b: number) => number> = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
    "%": (a, b) => a % b,
  };
  for (const [operator, compute] of Object.entries(operators)) {
    const handler = (a: number | bigint, b: number | bigint): number => compute(Number(a), Number(b));
    environment.registerOperator(`double ${operator} int: double`, handler);
    environment.registerOperator(`int ${operator} double: double`, handler);
  }
  environment.registerOperator("double % double: double", (a: number, b: number) => a % b);
}

/** `number(args.amount)` reads "420.50". CEL's double() also reads "nan", with which every comparison is false. */
function addNumber(environment: Environment): void {
  environment.registerFunction("number(double): double", (value: number) => value);
  environment.registerFunction("number(int): double", (value: bigint) => Number(value));
  environment.registerFunction("number(string): double", (text: string) => {
    if (!/^-?\d{1,30}(\.\d{1,30})?$/.test(text))
      throw new RangeError(`number() cannot read ${JSON.stringify(text)}`);
    return Number(text);
  });
}

/** `user.last.mentions("yes")`: as a word, and not inside of another one, whatever its case. Of a list: any of them. */
function addMentions(environment: Environment): void {
  environment.registerFunction("string.mentions(string): bool", mentions);
  environment.registerFunction("string.mentions(list): bool", (text: string, words: unknown[]) =>
    words.some((word) => mentions(text, String(word))),
  );
}

function mentions(text: string, word: string): boolean {
  if (word.trim() === "") throw new RangeError("mentions() was given no word to look for");
  const [within, wanted] = [text.toLowerCase(), word.toLowerCase()];
  for (let at = within.indexOf(wanted); at >= 0; at = within.indexOf(wanted, at + 1)) {
    if (
      !/[\p{L}\p{N}]$/u.test(within.slice(Math.max(0, at - 2), at)) &&
      !/^[\p{L}\p{N}]/u.test(within.slice(at + wanted.length, at + wanted.length + 2))
    )
      return true;
  }
  return false;
}
