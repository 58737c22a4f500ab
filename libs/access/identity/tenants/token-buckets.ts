const MINUTE_MS = 60_000;

type Bucket = Readonly<{ tokens: number; at: number }>;

/** A bucket for each key, which holds a minute's worth and fills as time goes by. Forgotten ones are full. */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly maxKeys = 100_000) {}

  /** @returns 0 if there was one to take; otherwise the milliseconds until there is */
  take(key: string, perMinute: number, now: number): number {
    const { tokens, at } = this.buckets.get(key) ?? { tokens: perMinute, at: now };
    const filled = Math.min(perMinute, tokens + ((now - at) * perMinute) / MINUTE_MS);
    const isThere = filled >= 1;
    this.keep(key, { tokens: isThere ? filled - 1 : filled, at: now });
    return isThere ? 0 : ((1 - filled) * MINUTE_MS) / perMinute;
  }

  get size(): number {
    return this.buckets.size;
  }

  /** The one that was asked for longest ago makes room: by then it is the fullest. */
  private keep(key: string, bucket: Bucket): void {
    this.buckets.delete(key);
    const oldest = this.buckets.keys().next();
    if (this.buckets.size >= this.maxKeys && !oldest.done) this.buckets.delete(oldest.value);
    this.buckets.set(key, bucket);
  }
}
