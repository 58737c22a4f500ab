import type { Recorded } from '#task';

const MAX_EVENTS = 256;
const MAX_BYTES = 1024 * 1024;

/**
 * What waits for one watcher. Bounded: one that does not keep up loses the buffer, not the events, and is told to read
 * the log instead.
 */
export class Mailbox {
  private events: Recorded[] = [];
  private bytes = 0;
  private behind = true;
  private wake: (() => void) | null = null;

  /** @param bytes about what the event takes */
  put(event: Recorded, bytes: number): void {
    if (this.behind) return; // the log has it
    this.events.push(event);
    this.bytes += bytes;
    if (this.events.length > MAX_EVENTS || this.bytes > MAX_BYTES) this.fallBehind();
    this.wake?.();
  }

  /** What is here is not all there is: read the log. */
  fallBehind(): void {
    this.take();
    this.behind = true;
    this.wake?.();
  }

  /** From now on what is put here is kept; read the log after this, not before. */
  listen(): void {
    this.behind = false;
  }

  /** True if the log is to be read before anything here is worth looking at. */
  get isBehind(): boolean {
    return this.behind;
  }

  /** The version of the last event here, or 0. */
  get lastVersion(): number {
    return this.events.at(-1)?.version ?? 0;
  }

  take(): readonly Recorded[] {
    const { events } = this;
    this.events = [];
    this.bytes = 0;
    return events;
  }

  /** Resolves when there is something to do, or with the signal. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.behind || this.events.length > 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.wake = null;
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
