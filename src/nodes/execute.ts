/** Runs what the row releases; holds it where the row does not. See `act.ts`. */
export { actNode as executeNode } from "./act.js";
