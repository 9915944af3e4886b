// The terminal a command speaks through. Only `cli.ts` knows the process.
export interface Terminal {
  /** The environment; an empty value is an absent one. */
  env(name: string): string | undefined;
  /** Lines typed or piped. */
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  out(text: string): void;
  /** Resolves once it takes more: what is read faster than it is written would pile up. */
  drained(): Promise<void>;
  err(text: string): void;
  /** Does a person watch what goes to `err`? Then a line there may be written over. */
  readonly errIsTty: boolean;
}
