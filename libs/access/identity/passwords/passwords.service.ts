import { Injectable } from '@nestjs/common';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { BoundedQueue } from './bounded-queue.js';
import { canBePassword, checkPassword } from './password-rules.js';

/** argon2id, the first choice of OWASP's cheat sheet: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Of a password that nobody has: what is compared for a user who does not exist costs the same. */
const NOBODYS =
  '$argon2id$v=19$m=19456,t=2,p=1$lJgePm3VCSqWzT0Oj9aqdA$P7vkyoXdXsCt3oIYdkWINBlbt1lCsHihaibFDQfDY1E';

/** A thread of libuv's pool each, and 19 MiB: two at once leave the pool and the memory to others. */
const AT_ONCE = { running: 2, waiting: 32 } as const;

/** Hashes and compares passwords off the main thread, a bounded number at once. */
@Injectable()
export class Passwords {
  private readonly queue = new BoundedQueue(AT_ONCE);

  /**
   * What to store of a new password.
   *
   * @param names what the person is called; a password made of them is refused
   * @throws {MeshError} `invalid_request` if the password is not good enough, `rate_limited` if too many wait
   */
  async hash(password: string, names: readonly (string | undefined)[] = []): Promise<string> {
    checkPassword(password, names);
    return this.queue.run(() => hash(password, COST));
  }

  /** What to store, at today's cost, of a password that has just been matched: no rule is asked again. */
  rehash(password: string): Promise<string> {
    return this.queue.run(() => hash(password, COST));
  }

  /**
   * Whether the password is the one; always the same work, also for a user who does not exist or has none (`null`).
   *
   * @throws {MeshError} `rate_limited` if too many wait
   */
  async matches(password: string, stored: string | null): Promise<boolean> {
    const asked = canBePassword(password) ? password : '';
    const same = await this.queue.run(() => verify(stored ?? NOBODYS, asked));
    return same && stored !== null && asked === password;
  }

  /** Whether a stored hash was made at another cost than new ones are. */
  isOutdated(stored: string): boolean {
    const { memoryCost, timeCost, parallelism } = parseOptions(stored);
    return memoryCost !== COST.memoryCost || timeCost !== COST.timeCost || parallelism !== COST.parallelism;
  }
}
