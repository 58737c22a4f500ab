import type { Clock } from '#contract';
import { MeshError } from '#errors';
import { UsedOnce } from './used-once.js';

export type MemoryUsedOnceOptions = Readonly<{
  /** Of all kinds together; one takes about 200 bytes. @default 200_000 */
  maxKeys?: number;
}>;

const DEFAULT_MAX_KEYS = 200_000;
const SWEEP_EVERY_MS = 1_000;

/** For one process: another one, or the next, does not know what this one has seen. */
export class MemoryUsedOnce extends UsedOnce {
  /** When each is over, in ms. */
  private readonly seen = new Map<string, number>();
  private sweptAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly options: MemoryUsedOnceOptions = {},
  ) {
    super();
  }

  override async first(kind: string, key: string, expiresAt: Date): Promise<boolean> {
    const name = JSON.stringify([kind, key]);
    const now = this.clock.now().getTime();
    if ((this.seen.get(name) ?? 0) > now) return false;
    this.sweep(now);
    // To forget one that still counts would let it in again.
    if (!this.seen.has(name) && this.seen.size >= (this.options.maxKeys ?? DEFAULT_MAX_KEYS)) throw full();
    this.seen.set(name, expiresAt.getTime());
    return true;
  }

  /** How many are remembered. */
  get size(): number {
    return this.seen.size;
  }

  private sweep(now: number): void {
    if (now - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = now;
    for (const [name, until] of this.seen) if (until <= now) this.seen.delete(name);
  }
}

const full = () =>
  new MeshError('unavailable', 'too many signed requests in the last minute', { retryAfterSeconds: 1 });
