import type { Logger, Stop } from '#contract';
import type { Checkpoint, Placed, ProjectionName } from './projection.js';
import type { Source } from './source.js';

/** How long a projection waits before it looks for itself. */
const POLL_MS = 500;

/** What a loop needs of its projector and checkpoint. */
export type Driven<Item> = Readonly<{
  name: ProjectionName;
  read: () => Promise<Checkpoint>;
  catchUp: () => Promise<Checkpoint>;
  deliver: (batch: readonly Placed<Item>[]) => Promise<void>;
  beat: (error: string | null) => Promise<void>;
}>;

/** Keeps one projection going: catches up, attaches to its source, and looks again at every wake-up and poll. */
export class ProjectionLoop<Item> {
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private detach: Stop | null = null;
  private begun = false;
  private error: string | null = null;

  constructor(
    private readonly driven: Driven<Item>,
    private readonly source: Source<Item>,
    private readonly logger: Logger,
  ) {}

  /** Looks now. One look at a time: asked during one, there is another right after it. */
  wake(): void {
    this.again = true;
    this.running ??= this.run();
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
    await this.detach?.();
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
      if (!this.begun || at.state !== 'live' || (await this.source.isDue(at)))
        this.tell(at, await this.driven.catchUp());
      this.begun = true;
      this.detach ??= await this.attach();
      await this.driven.beat(this.error);
    } catch (error) {
      this.failed(error);
      await this.driven.beat(this.error).catch(() => undefined); // the database itself may be what is away
    }
  }

  private async attach(): Promise<Stop> {
    const { cursor } = await this.driven.read();
    return this.source.attach(cursor, {
      wake: () => this.wake(),
      deliver: async (batch) => {
        try {
          await this.driven.deliver(batch);
          this.error = null;
        } catch (error) {
          this.failed(error);
          throw error;
        }
      },
    });
  }

  private tell(earlier: Checkpoint, now: Checkpoint): void {
    this.error = null;
    const fields = { projection: this.driven.name, checkpoint: now.cursor };
    if (now.state === 'refused' && earlier.state !== 'refused')
      this.logger.error(now.error ?? 'refused', fields);
    if (now.state === 'live' && earlier.state !== 'live') this.logger.info('read model is built', fields);
  }

  private failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== this.error)
      this.logger.error('read model cannot move on', { projection: this.driven.name, error });
    this.error = message;
  }
}
