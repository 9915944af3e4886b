/** A document that others wrote parts of, as data between two tags: without a `<`, nothing in it ends it. */
export function quoted(tag: string, document: object): string {
  return `<${tag}>\n${JSON.stringify(document, null, 1).replaceAll("<", String.raw`\u003c`)}\n</${tag}>`;
}
