const BELIEVED_MS = 1_000;
const MAX_ENTRIES = 10_000;

type Entry<Value> = Readonly<{ value: Value; until: number }>;

export type BelievedOptions = Readonly<{
  /** Milliseconds that only go forward. @default performance.now() */
  now?: () => number;
  /** @default 10000 */
  maxEntries?: number;
}>;

/**
 * What was found, by key, and is not looked up again for a second unless somebody says that it changed. Bounded: the
 * oldest goes first. To find something believed costs a look into a map, and allocates nothing.
 */
export class Believed<Value extends object> {
  private readonly entries = new Map<string, Entry<Value>>();
  private readonly now: () => number;
  private readonly maxEntries: number;

  constructor({ now = () => performance.now(), maxEntries = MAX_ENTRIES }: BelievedOptions = {}) {
    this.now = now;
    this.maxEntries = maxEntries;
  }

  /** What is believed now. */
  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    return entry && entry.until > this.now() ? entry.value : undefined;
  }

  /** What was believed last, be it out of date. */
  last(key: string): Value | undefined {
    return this.entries.get(key)?.value;
  }

  /** Believes it from now on, and gives it back. Of a promise that fails, nothing is believed. */
  keep(key: string, value: Value): Value {
    this.entries.delete(key); // so that the oldest comes first
    const oldest = this.entries.keys().next();
    if (this.entries.size >= this.maxEntries && !oldest.done) this.entries.delete(oldest.value);
    this.entries.set(key, { value, until: this.now() + BELIEVED_MS });
    if (value instanceof Promise)
      value.catch(() => {
        if (this.last(key) === value) this.drop(key);
      });
    return value;
  }

  drop(key: string): void {
    this.entries.delete(key);
  }

  dropWhere(isMeant: (value: Value) => boolean): void {
    for (const [key, { value }] of this.entries) if (isMeant(value)) this.entries.delete(key);
  }

  dropAll(): void {
    this.entries.clear();
  }

  /** Nothing is believed without another look; what was believed last stays to be compared with. */
  doubt(): void {
    for (const [key, { value }] of this.entries) this.entries.set(key, { value, until: -Infinity });
  }
}
