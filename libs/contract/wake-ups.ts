import { subjects } from './subjects.js';
import type { WakeTopic } from './subjects.js';
import type { Bus, Stop } from './bus.js';

const COALESCE_MS = 2;

/**
 * Tells this process at once, and the others within two milliseconds, that there is something to read.
 * Hints only: whoever waits for one also polls slowly.
 */
export class WakeUps {
  private readonly listeners = new Map<WakeTopic, Set<() => void>>();
  private readonly pending = new Set<WakeTopic>();

  constructor(private readonly bus: Bus) {}

  /** Wakes everyone who listens to the topic, here and elsewhere. */
  signal(topic: WakeTopic): void {
    this.tell(topic);
    if (this.pending.has(topic)) return;
    this.pending.add(topic);
    setTimeout(() => {
      this.pending.delete(topic);
      this.bus.publish(subjects.wake(topic), this.id);
    }, COALESCE_MS).unref();
  }

  async listen(topic: WakeTopic, listener: () => void): Promise<Stop> {
    const here = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, here.add(listener));
    const stop = await this.bus.subscribe(subjects.wake(topic), (sender) => {
      if (sender !== this.id) listener();
    });
    return async () => {
      here.delete(listener);
      await stop();
    };
  }

  private readonly id = crypto.randomUUID();

  private tell(topic: WakeTopic): void {
    for (const listener of this.listeners.get(topic) ?? []) listener();
  }
}
