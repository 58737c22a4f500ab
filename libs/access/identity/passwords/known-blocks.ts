import type { Clock } from '#contract';
import { MeshError } from '#errors';

/** Another process may lift a block; this one believes in it no longer than that. */
const BELIEVED_MS = 1_000;
const MAX_KEYS = 10_000;

type Block = Readonly<{ until: number; believedUntil: number }>;

/**
 * What this process knows of blocked keys, and one question a key at a time: however many attempts arrive, the database
 * is asked about once a second, and about other keys without waiting.
 */
export class KnownBlocks {
  private readonly blocks = new Map<string, Block>();
  private readonly asking = new Map<string, Promise<unknown>>();

  constructor(private readonly clock: Clock) {}

  /** @throws {MeshError} `rate_limited` if the key is known to be blocked; what `ask` throws */
  async oneAtATime(key: string, ask: () => Promise<void>): Promise<void> {
    for (let other = this.asking.get(key); other; other = this.asking.get(key)) await other;
    this.refuseIfBlocked(key);
    const asked = ask();
    this.asking.set(
      key,
      asked.catch(() => undefined).finally(() => this.asking.delete(key)),
    );
    await asked;
  }

  remember(key: string, until: Date): void {
    const oldest = this.blocks.keys().next();
    if (this.blocks.size >= MAX_KEYS && !oldest.done) this.blocks.delete(oldest.value);
    const now = this.clock.now().getTime();
    this.blocks.set(key, {
      until: until.getTime(),
      believedUntil: Math.min(until.getTime(), now + BELIEVED_MS),
    });
  }

  forget(key: string): void {
    this.blocks.delete(key);
  }

  private refuseIfBlocked(key: string): void {
    const block = this.blocks.get(key);
    const now = this.clock.now().getTime();
    if (!block) return;
    if (block.believedUntil <= now) return this.forget(key);
    throw blocked(block.until - now);
  }
}

/** Says how long to wait, and nothing about what was tried. */
export function blocked(waitMs: number): MeshError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new MeshError('rate_limited', `too many failed attempts: wait ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}
