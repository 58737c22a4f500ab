import type { Clock } from '#contract';
import type { AccessChange } from '../access-changes.service.js';
import type { TokenHolder } from './token-holder.js';

const TTL_MS = 1_000;
const MAX_ENTRIES = 10_000;

type Entry = Readonly<{ holder: TokenHolder; until: number }>;

/** Whom tokens were found to belong to, by their hash, for a second at most. Unknown tokens are not remembered. */
export class HolderCache {
  private readonly entries = new Map<string, Entry>();
  private changes = 0;

  constructor(private readonly clock: Clock) {}

  /** What is remembered, or what `find` finds: not remembered if anything changed while it was looking. */
  async get(hash: string, find: () => Promise<TokenHolder | undefined>): Promise<TokenHolder | undefined> {
    const known = this.entries.get(hash);
    if (known && known.until > this.clock.monotonicMs()) return known.holder;
    const before = this.changes;
    const holder = await find();
    if (holder && before === this.changes) this.keep(hash, holder);
    return holder;
  }

  drop({ sessions = [], users = [], devices = [] }: AccessChange): void {
    this.changes++;
    for (const [hash, { holder }] of this.entries) {
      const { session_id, user_id, device_id } = holder;
      const isMeant = [
        sessions.includes(session_id),
        users.includes(user_id),
        devices.includes(device_id ?? ''),
      ];
      if (isMeant.includes(true)) this.entries.delete(hash);
    }
  }

  private keep(hash: string, holder: TokenHolder): void {
    this.entries.delete(hash); // so that the oldest comes first
    const oldest = this.entries.keys().next();
    if (this.entries.size >= MAX_ENTRIES && !oldest.done) this.entries.delete(oldest.value);
    this.entries.set(hash, { holder, until: this.clock.monotonicMs() + TTL_MS });
  }
}
