/**
 * LangGraph looks at the promises of `putWrites` only at the end of a step. One that is rejected while a sibling still
 * works would until then be an unhandled rejection, and end the process. Here every promise made from this one counts
 * as handled; whoever awaits it still gets the error.
 */
export class QuietPromise<T> extends Promise<T> {
  static of<Value>(promise: Promise<Value>): QuietPromise<Value> {
    return new QuietPromise((resolve, reject) => void promise.then(resolve, reject));
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a promise has a then
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const next = super.then(onFulfilled, onRejected);
    void Promise.prototype.then.call(next, undefined, () => {});
    return next;
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
}
