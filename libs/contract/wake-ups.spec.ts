import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Bus, WakeUps } from '#contract';
import type { Stop } from '#contract';

/** A bus that delivers at once, and remembers what was published. */
class DirectBus extends Bus {
  readonly published: string[] = [];
  private readonly listeners = new Map<
    string,
    Set<(payload: unknown, subject: string) => void | Promise<void>>
  >();
  override readonly connected = true;

  override publish(subject: string, payload: unknown): void {
    this.published.push(subject);
    for (const listener of this.listeners.get(subject) ?? []) void listener(payload, subject);
  }

  override async subscribe(
    subject: string,
    listener: (payload: unknown, subject: string) => void | Promise<void>,
  ): Promise<Stop> {
    const here = this.listeners.get(subject) ?? new Set();
    this.listeners.set(subject, here.add(listener));
    return async () => void here.delete(listener);
  }

  override serve(): Promise<Stop> {
    throw new Error('nothing is served here');
  }

  override request(): Promise<unknown> {
    throw new Error('nothing is asked here');
  }

  override onConnection(): void {}
  override async close(): Promise<void> {}
}

describe('waking up', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is at once here, and once for many signals elsewhere', async () => {
    const bus = new DirectBus();
    const [here, elsewhere] = [new WakeUps(bus), new WakeUps(bus)];
    const heard = { here: vi.fn<() => void>(), elsewhere: vi.fn<() => void>(), queue: vi.fn<() => void>() };
    await here.listen('log', heard.here);
    await elsewhere.listen('log', heard.elsewhere);
    await elsewhere.listen('queue', heard.queue);
    for (let n = 0; n < 5; n++) here.signal('log');
    expect([heard.here.mock.calls.length, heard.elsewhere.mock.calls.length]).toEqual([5, 0]);
    await vi.advanceTimersByTimeAsync(2);
    expect(bus.published).toEqual(['wake.log']);
    expect([heard.here.mock.calls.length, heard.elsewhere.mock.calls.length]).toEqual([5, 1]);
    expect(heard.queue).not.toHaveBeenCalled();
  });

  it('ends for whoever has stopped', async () => {
    const wakeUps = new WakeUps(new DirectBus());
    const heard = vi.fn<() => void>();
    const stop = await wakeUps.listen('log', heard);
    await stop();
    await stop();
    wakeUps.signal('log');
    await vi.advanceTimersByTimeAsync(2);
    expect(heard).not.toHaveBeenCalled();
  });
});
