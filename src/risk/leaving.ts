// What must not leave unseen, found in the texts of a call that sends something out: by its check digits, or by the form
// that its issuer gave it so that it can be found.
import { textsIn } from "./values.js";
import type { JsonObject } from "../kernel/json.js";

export type DataClass = "card number" | "IBAN" | "secret" | "e-mail address" | "phone number";

export interface Leaving {
  what: DataClass;
  path: string;
}

/** What is said about an address is content; the address that a call goes to is not. */
export function leavingIn(args: JsonObject): Leaving[] {
  return textsIn(args)
    .filter(({ role }) => role !== "recipient")
    .flatMap(({ path, text, role }) =>
      classesIn(text.slice(0, mostRead))
        .filter((what) => role === null || what === "card number" || what === "secret")
        .map((what) => ({ what, path })),
    );
}

const mostRead = 100_000;

export function classesIn(text: string): DataClass[] {
  const holds: readonly [DataClass, boolean][] = [
    ["card number", (text.match(/(?<!\d\.?)\d(?:[ -]?\d){12,18}(?!\.?\d)/g) ?? []).some(isCardNumber)],
    ["IBAN", (text.match(/\b[A-Z]{2}\d{2}(?: ?[A-Z\d]){11,30}\b/g) ?? []).some(isIban)],
    ["secret", secrets.some((secret) => secret.test(text))],
    ["e-mail address", /[\w.+-]{1,64}@[\w-]{1,63}\.\w/.test(text)],
    ["phone number", /(?<![\w+])\+\d(?:[ ()/.-]{0,2}\d){7,14}(?!\d)/.test(text)],
  ];
  return holds.flatMap(([what, isThere]) => (isThere ? [what] : []));
}

/** ISO/IEC 7812: the first figure names an industry of banks or travel, and the last one is Luhn's. */
function isCardNumber(figures: string): boolean {
  const digits = figures.replaceAll(/\D/g, "");
  return /^[2-6]/.test(digits) && luhn(digits);
}

function luhn(digits: string): boolean {
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

/** ISO 13616: moved round and read as figures it is 1 more than a multiple of 97. What follows it may look like a part. */
function isIban(found: string): boolean {
  const words = found.split(" ");
  return words.some((_, index) => {
    const iban = words.slice(0, words.length - index).join("");
    if (iban.length < 15 || iban.length > 34) return false;
    const figures = Array.from(iban.slice(4) + iban.slice(0, 4), (sign) => parseInt(sign, 36)).join("");
    return BigInt(figures) % 97n === 1n;
  });
}

/** As their issuers document them, for scanners: GitHub, OpenAI and Anthropic, AWS, Slack, Google, Stripe, GitLab; PEM; JWT. */
const secrets: readonly RegExp[] = [
  /\b(?:gh[pousr]_[A-Za-z\d]{36}|github_pat_\w{40,})/,
  /\bsk-[A-Za-z\d_-]{20,}/,
  /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/,
  /\bxox[abeoprs]-[A-Za-z\d-]{10,}/,
  /\bAIza[\w-]{35}/,
  /\b[rs]k_(?:live|test)_[A-Za-z\d]{16,}/,
  /\bglpat-[\w-]{20}/,
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  /\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{10}/,
];
