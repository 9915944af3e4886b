/** Waits for a decision, then does what it says. See `act.ts`. */
export { actNode as holdNode } from "./act.js";
