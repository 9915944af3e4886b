/** Tells the model that a call is forbidden or cannot be made. The row says so; see `act.ts`. */
export { actNode as refuseNode } from "./act.js";
