// Everything that goes over the wire, for whoever speaks with the server: the web page, the OpenAPI file, clients.
// Nothing of the server is imported here or below `contract/`. Our own API is camelCase; LangGraph's is as it is.
export * from "./contract/activity.js";
export * from "./contract/assessment.js";
export * from "./contract/assistant.js";
export * from "./contract/board.js";
export * from "./contract/batch.js";
export * from "./contract/cron.js";
export * from "./contract/draft.js";
export * from "./contract/execution.js";
export * from "./contract/hand-on.js";
export * from "./contract/problem.js";
export * from "./contract/protocol.js";
export * from "./contract/review-context.js";
export * from "./contract/review-parts.js";
export * from "./contract/review.js";
export * from "./contract/route.js";
export * from "./contract/routes.js";
export * from "./contract/run.js";
export * from "./contract/server.js";
export * from "./contract/store.js";
export * from "./contract/story.js";
export * from "./contract/taking-over.js";
export * from "./contract/thread.js";
export * from "./contract/view.js";
