import type { Beat, BeatAnswer, Clock, ControlPlane, Logger } from '#contract';
import { DEFAULT_LEASE_MS } from '#contract';

/**
 * Beats that are asked for come no closer together than this. The control plane need not wait for one to know of a free
 * slot: it sees the report that ends a task.
 */
const GAP_MS = 50;
/** With so many beats unanswered, one that was only asked for waits for an answer. */
const MAX_UNANSWERED = 4;
const FIRST_PAUSE_MS = 50;
const BEATS_PER_LEASE = 5;

export type HeartOptions = Readonly<{
  controlPlane: ControlPlane;
  clock: Clock;
  logger: Logger;
  /** What to say now. */
  beat: () => Beat;
  /** @param sentAtMs by the clock's `monotonicMs` */
  onAnswer: (answer: BeatAnswer, beat: Beat, sentAtMs: number) => void;
}>;

/** Beats every fifth of the lease, and when asked to. After a beat that was not answered, sooner. */
export class Heart {
  private leaseMs = DEFAULT_LEASE_MS;
  private next: NodeJS.Timeout | null = null;
  private soon: NodeJS.Timeout | null = null;
  private lastMs = Number.NEGATIVE_INFINITY;
  private unanswered = 0;
  private wanted = false;
  private stopped = false;
  private pauseMs = FIRST_PAUSE_MS;

  constructor(private readonly options: HeartOptions) {}

  /** When the latest beat was sent, by the clock. */
  get lastSentMs(): number {
    return this.lastMs;
  }

  /** Beats at once, or as soon as the last ones have had their time. */
  now(): void {
    if (this.soon || this.stopped) return;
    if (this.unanswered >= MAX_UNANSWERED) {
      this.wanted = true;
      return;
    }
    const waitMs = Math.max(0, this.lastMs + GAP_MS - this.options.clock.monotonicMs());
    this.soon = setTimeout(() => {
      this.soon = null;
      void this.send();
    }, waitMs);
  }

  /** Beats no more, after the one that was asked for. */
  stop(): void {
    if (this.soon) void this.send();
    this.stopped = true;
    for (const timer of [this.next, this.soon]) if (timer) clearTimeout(timer);
  }

  private async send(): Promise<void> {
    const { controlPlane, clock, beat, onAnswer } = this.options;
    const saying = beat();
    const sentAtMs = clock.monotonicMs();
    this.lastMs = sentAtMs;
    this.unanswered += 1;
    this.schedule(this.leaseMs / BEATS_PER_LEASE);
    try {
      const answer = await controlPlane.beat(saying);
      this.leaseMs = answer.leaseMs;
      this.answered();
      if (!this.stopped) onAnswer(answer, saying, sentAtMs);
    } catch (error) {
      this.failed(error);
    }
  }

  private answered(): void {
    this.unanswered -= 1;
    this.pauseMs = FIRST_PAUSE_MS;
    if (this.unanswered === 0) this.schedule(this.leaseMs / BEATS_PER_LEASE);
    if (this.wanted) {
      this.wanted = false;
      this.now();
    }
  }

  private failed(error: unknown): void {
    this.unanswered -= 1;
    if (this.stopped) return;
    if (this.pauseMs === FIRST_PAUSE_MS)
      this.options.logger.warn('a beat was not answered', { error: String(error) });
    this.schedule(this.pauseMs);
    this.pauseMs = Math.min(2 * this.pauseMs, this.leaseMs / BEATS_PER_LEASE);
  }

  private schedule(ms: number): void {
    if (this.next) clearTimeout(this.next);
    if (!this.stopped) this.next = setTimeout(() => void this.send(), ms);
  }
}
