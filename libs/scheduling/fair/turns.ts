import type { Session } from './waiting.js';

/**
 * Whose turn it is, by start-time fair queueing: each turn of a session takes it on in virtual time by a step, which is the
 * smaller the more it weighs; next is whoever is furthest back. A session that comes back after a rest, or was held up by a
 * limit, joins at the present and catches up on nothing.
 */
export class Turns {
  private now = 0;
  private latest = 0;

  /** A session has something to begin again. */
  join(session: Session): void {
    session.turn = Math.max(session.turn, this.now);
  }

  /** It has had its turn. */
  taken(session: Session): void {
    this.join(session);
    this.now = session.turn;
    session.turn += 1 / session.tenant.share.sessionWeight;
    this.latest = Math.max(this.latest, session.turn);
  }

  /** Nothing waits: everybody is equal again. */
  rest(): void {
    this.now = this.latest;
  }

  /** True if forgetting the session would give it a turn that it has had. */
  readonly counts = (session: Session): boolean => session.turn > this.now;
}
