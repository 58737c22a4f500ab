import type { Clock } from '#contract';

/** How long what a provider says about itself is believed. */
const DISCOVERY_MS = 60 * 60_000;

/** Something that is asked for once an hour, by one caller for all; a failure is not remembered. */
export class Discovered<Found> {
  private found: Promise<Found> | undefined;
  private askAgainAt = 0;

  constructor(
    private readonly discover: () => Promise<Found>,
    private readonly clock: Clock,
  ) {}

  get(): Promise<Found> {
    const now = this.clock.monotonicMs();
    if (this.found && now < this.askAgainAt) return this.found;
    const asked = this.discover();
    this.found = asked;
    this.askAgainAt = now + DISCOVERY_MS;
    asked.catch(() => {
      if (this.found === asked) this.found = undefined;
    });
    return asked;
  }
}
