/** A map that forgets what was set longest ago. */
export class RecentMap<Key, Value> extends Map<Key, Value> {
  constructor(readonly capacity: number) {
    super();
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    if (this.size >= this.capacity) this.delete(this.keys().next().value as Key);
    return super.set(key, value);
  }
}
