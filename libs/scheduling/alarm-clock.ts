import type { Clock, Logger } from '#contract';
import { messageOf } from '#errors';
import type { Alarm, Rung } from './alarm.js';
import { Background } from './background.js';

/** Behind the hints: one that got lost costs no more than this. */
const SLOW_POLL_MS = 5_000;
/** What could not be done is tried again after so long. */
const AGAIN_MS = 1_000;
/** Commits that change the queue come by the thousand: they ask for a look together. */
const COALESCE_MS = 100;

export type AlarmClockParts = Readonly<{ alarms: readonly Alarm[]; clock: Clock; logger: Logger }>;

/** Sleeps until the next time that something is due, and has it done. */
export class AlarmClock {
  private readonly looks = new Background(
    () => this.look(),
    (error) => this.postpone(error),
  );
  private timer: NodeJS.Timeout | undefined;
  private wakesAtMs = Number.POSITIVE_INFINITY;

  constructor(private readonly parts: AlarmClockParts) {}

  start(): void {
    this.looks.request();
  }

  /** Something may be due sooner than was known. */
  hint(): void {
    this.wakeIn(COALESCE_MS);
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    await this.looks.stop();
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const { alarms, clock } = this.parts;
    this.wakesAtMs = Number.POSITIVE_INFINITY;
    const now = clock.now().toISOString();
    const rung = await Promise.all(alarms.map((alarm) => alarm.ring(now)));
    if (rung.some(({ more }) => more)) this.looks.request();
    else this.wakeIn(Math.min(...rung.map((each) => this.pauseAfter(each))));
  }

  private pauseAfter({ nextAt, failed }: Rung): number {
    const untilNextMs =
      nextAt === undefined ? SLOW_POLL_MS : Date.parse(nextAt) - this.parts.clock.now().getTime();
    return Math.max(0, Math.min(untilNextMs, failed ? AGAIN_MS : SLOW_POLL_MS));
  }

  /** Looks after so many milliseconds, unless it does so sooner. */
  private wakeIn(ms: number): void {
    const atMs = this.parts.clock.monotonicMs() + ms;
    if (atMs >= this.wakesAtMs) return;
    this.wakesAtMs = atMs;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.looks.request(), Math.ceil(ms));
  }

  private postpone(error: unknown): void {
    this.parts.logger.warn('what is due will be looked at again', { error: messageOf(error) });
    this.wakeIn(AGAIN_MS);
  }
}
