// What a `langgraph.json` says that this server does not do: told by name, so that nobody takes it for heard.

const here: Record<string, string> = {
  auth: "who may come in stands in an access file: HOLDPOINT_ACCESS (docs/access.md)",
  "http.app": "routes of your own need a server of their own; the review routes are there without it",
  "http.cors": "the access file names the pages that may read answers: origins (docs/access.md)",
  store:
    "items are found by namespace and filter, not by meaning, and each may have a time to live of its own",
  checkpointer: "threads stand in Postgres; each may have a time to live of its own (docs/http.md)",
  webhooks: "HOLDPOINT_WEBHOOK_SECRET and HOLDPOINT_WEBHOOK_ALLOW say how they are sent (docs/http.md)",
  encryption: "what is kept is encrypted where Postgres keeps it, not by this server",
  ui: "chat clients bring the components they show (docs/interop.md)",
};

/** What is read here, or only says how an image is built. */
const passed = new Set([
  "$schema",
  "graphs",
  "env",
  "holdpoint",
  "dependencies",
  "source",
  "node_version",
  "node_loader",
  "python_version",
  "pip_config_file",
  "pip_installer",
  "keep_pkg_tools",
  "api_version",
  "base_image",
  "image_distro",
  "dockerfile_lines",
  "docker_compose_file",
  "ui_config",
  "_INTERNAL_docker_tag",
]);

/** One sentence a key. @param isOwn whether a place (`./file.ts:export`) has the review routes of an agent served here. */
export function unreadKeys(config: Record<string, unknown>, isOwn: (place: string) => boolean): string[] {
  const { http, ...others } = config;
  const { app, ...more } = Object(http) as Record<string, unknown>;
  return [
    ...Object.keys(others).filter((key) => !passed.has(key)),
    ...(app === undefined || (typeof app === "string" && isOwn(app)) ? [] : ["http.app"]),
    ...Object.keys(more).map((key) => `http.${key}`),
  ].map((key) => `\`${key}\` is not read here${here[key] === undefined ? "" : `: ${here[key]}`}`);
}
