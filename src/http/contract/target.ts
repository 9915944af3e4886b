// What has to be typed before something critical is released: whom or what it is about. Without zod, for the page.

const naming = /(id|account|recipient|target|to|email|name|order)$/i;

export function targetOf({ args, tool }: { args: Readonly<Record<string, unknown>>; tool: string }): string {
  const named = Object.entries(args).find(([name, value]) => naming.test(name) && isShort(value));
  return named ? String(named[1]) : tool;
}

function isShort(value: unknown): boolean {
  return (typeof value === "string" || typeof value === "number") && String(value).length <= 60;
}
