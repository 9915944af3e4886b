import type { Port } from "../http/listen.js";
import { messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import type { Runtime } from "../runtime.js";

/** Runs at work are waited for, and who waits for them gets the answer; the rest stands in the database. */
export async function stopServing(port: Port, runtime: Runtime, log: Log): Promise<void> {
  port.stopListening();
  try {
    await runtime.stop();
  } catch (error) {
    log.error("the stop was not clean", { error: messageOf(error) });
  }
  await port.close();
}
