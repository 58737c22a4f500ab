import type { Logger, Stop } from '#contract';
import { before } from './projection.js';
import type { Checkpoint, Placed, ProjectionName } from './projection.js';
import type { Source } from './source.js';

/** How long a projection waits before it looks for itself. */
const POLL_MS = 500;

/** What a loop needs of its projector and checkpoint. */
export type Driven<Item> = Readonly<{
  name: ProjectionName;
  read: () => Promise<Checkpoint>;
  catchUp: (known: Checkpoint) => Promise<Checkpoint>;
  deliver: (batch: readonly Placed<Item>[]) => Promise<void>;
  beat: (error: string | null) => Promise<void>;
}>;

/** Keeps one projection going: catches up, attaches to its source, and looks again at every wake-up and poll. */
export class ProjectionLoop<Item> {
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = true;
  private timer: NodeJS.Timeout | undefined;
  private detach: Stop | null = null;
  private begun = false;
  /** When the last beat was, and what it said. */
  private beatAt = -Infinity;
  private told: string | null = null;
  /** What ailed the last look, and the last delivery. */
  private readonly trouble = { look: null as string | null, delivery: null as string | null };

  constructor(
    private readonly driven: Driven<Item>,
    private readonly source: Source<Item>,
    private readonly logger: Logger,
  ) {}

  /** Begins, or begins again after a stop. */
  start(): void {
    this.stopped = false;
    this.begun = false;
    this.wake();
  }

  /** Looks now. One look at a time: asked during one, there is another right after it. */
  wake(): void {
    if (this.stopped) return;
    this.again = true;
    this.running ??= this.run();
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
    const detach = this.detach;
    this.detach = null;
    await detach?.();
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    while (this.again && !this.stopped) {
      this.again = false;
      await this.look();
    }
    this.running = null;
    if (!this.stopped) this.timer = setTimeout(() => this.wake(), POLL_MS);
  }

  private async look(): Promise<void> {
    try {
      const at = await this.driven.read();
      if (!this.begun || at.state !== 'live' || (await this.source.isDue(at))) {
        this.tell(at, await this.driven.catchUp(at));
      }
      this.begun = true;
      this.detach ??= await this.attach();
      await this.beat();
      this.trouble.look = null;
    } catch (error) {
      this.failed('look', error);
      await this.driven.beat(this.trouble.look).catch(() => undefined); // the database itself may be what is away
    }
  }

  /** Not at every wake-up: each is a commit. */
  private async beat(): Promise<void> {
    const { delivery, look } = this.trouble;
    const news = delivery !== this.told || look !== null;
    if (!news && performance.now() < this.beatAt + POLL_MS) return;
    await this.driven.beat(delivery);
    this.told = delivery;
    this.beatAt = performance.now();
  }

  private async attach(): Promise<Stop> {
    const { cursor } = await this.driven.read();
    // From right before it: another process may have been given only a part of that commit.
    return this.source.attach(before(cursor), {
      wake: () => this.wake(),
      deliver: async (batch) => {
        try {
          await this.driven.deliver(batch);
          this.trouble.delivery = null;
        } catch (error) {
          this.failed('delivery', error);
          throw error;
        }
      },
    });
  }

  private tell(earlier: Checkpoint, now: Checkpoint): void {
    this.trouble.delivery = null;
    const fields = { projection: this.driven.name, checkpoint: now.cursor };
    if (now.state === 'refused' && earlier.state !== 'refused')
      this.logger.error(now.error ?? 'refused', fields);
    if (now.state === 'live' && earlier.state !== 'live') this.logger.info('read model is built', fields);
  }

  private failed(where: 'look' | 'delivery', error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== this.trouble[where])
      this.logger.error('read model cannot move on', { projection: this.driven.name, error });
    this.trouble[where] = message;
  }
}
