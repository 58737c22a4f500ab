import type { Stop } from '#contract';

export type CampaignTimes = Readonly<{ ttlMs: number; renewMs: number; pollMs: number }>;

export type CampaignSteps = Readonly<{
  /** Takes or renews the term; false if another holds it. */
  claim: () => Promise<boolean>;
  resign: () => Promise<void>;
  lead: () => Promise<Stop>;
}>;

/** One candidate: asks for the term, leads while it holds it, and stops by itself when it cannot renew in time. */
export class Campaign {
  private stopped = false;
  private wake: () => void = () => undefined;
  private heldUntil = 0;
  private leading: Promise<Stop | null> | null = null;
  private ended: Promise<void> = Promise.resolve();
  private expiry: NodeJS.Timeout | undefined;

  constructor(
    private readonly times: CampaignTimes,
    private readonly steps: CampaignSteps,
  ) {}

  /** Asks once before it answers; goes on until the `Stop` it gives is called. */
  async begin(): Promise<Stop> {
    await this.round();
    const over = this.run();
    return async () => {
      this.stopped = true;
      this.wake();
      await over;
    };
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.sleep(this.leading ? this.times.renewMs : this.times.pollMs);
      if (!this.stopped) await this.round();
    }
    const led = this.leading !== null;
    await this.stepDown();
    if (led) await this.steps.resign().catch(() => undefined); // else the term runs out
  }

  private async round(): Promise<void> {
    const asked = performance.now();
    const held = await this.steps.claim().catch(() => null);
    if (held === false) await this.stepDown();
    if (!held) return; // not known: we lead on until the term is over
    this.heldUntil = asked + this.times.ttlMs;
    if (performance.now() >= this.heldUntil) return;
    this.armExpiry();
    this.leading ??= this.ascend();
  }

  /** Not before an earlier reign has ended. A leader that failed to begin lets another try. */
  private async ascend(): Promise<Stop | null> {
    await this.ended;
    try {
      return await this.steps.lead();
    } catch {
      this.leading = null;
      clearTimeout(this.expiry);
      await this.steps.resign().catch(() => undefined);
      return null;
    }
  }

  /** The time counts from when we asked, so ours is over before the database's is. */
  private armExpiry(): void {
    clearTimeout(this.expiry);
    this.expiry = setTimeout(() => void this.stepDown(), this.heldUntil - performance.now());
  }

  private stepDown(): Promise<void> {
    clearTimeout(this.expiry);
    const { leading } = this;
    this.leading = null;
    if (leading) this.ended = leading.then((stop) => stop?.()).catch(() => undefined);
    return this.ended;
  }

  private async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
