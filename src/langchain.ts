// The door for agents of LangChain: `holdpoint/langchain`. Apart from the other one, because it needs `langchain`.
export { holdpointMiddleware, type HoldpointMiddleware } from "./middleware/holdpoint-middleware.js";
export type { HoldpointMiddlewareOptions } from "./middleware/options.js";
