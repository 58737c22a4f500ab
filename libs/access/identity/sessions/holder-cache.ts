import type { Clock } from '#contract';
import { Believed } from '../../believed.js';
import type { AccessChange } from '../access-changes.service.js';
import type { TokenHolder } from './token-holder.js';

/** Whom tokens were found to belong to, by their hash. Unknown tokens are not remembered. */
export class HolderCache {
  private readonly believed: Believed<TokenHolder>;
  private changes = 0;

  constructor(clock: Clock) {
    this.believed = new Believed({ now: () => clock.monotonicMs() });
  }

  /** What is remembered, or what `find` finds: not remembered if anything changed while it was looking. */
  async get(hash: string, find: () => Promise<TokenHolder | undefined>): Promise<TokenHolder | undefined> {
    const known = this.believed.get(hash);
    if (known) return known;
    const before = this.changes;
    const holder = await find();
    if (holder && before === this.changes) this.believed.keep(hash, holder);
    return holder;
  }

  drop({ sessions = [], users = [], devices = [] }: AccessChange): void {
    this.changes++;
    this.believed.dropWhere(
      ({ session_id, user_id, device_id }) =>
        sessions.includes(session_id) || users.includes(user_id) || devices.includes(device_id ?? ''),
    );
  }
}
