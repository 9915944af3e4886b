// How a person calls the `holdpoint` command on the server at an address, typed into any terminal.

/** Where a server listens, and where the command looks for it, unless they are told otherwise. */
export const usualUrl = "http://127.0.0.1:8123";

export function commandLine(url: string, words: string): string {
  return `${url === usualUrl ? "" : `HOLDPOINT_URL=${quoted(url)} `}npx holdpoint ${words}`;
}

function quoted(url: string): string {
  return /^[\w.:/-]+$/.test(url) ? url : `'${url.replaceAll("'", String.raw`'\''`)}'`;
}
