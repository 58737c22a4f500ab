import { SilentLogger, updateOf } from '#contract';
import type { Feed, FeedEvent, Logger, Stop, StreamOptions, TaskUpdateEvent } from '#contract';
import type { EventStore } from '#event-store';
import { closable } from './closable.js';
import { Mailbox } from './mailbox.js';
import { Watch } from './watch.js';
import type { Step } from './watch.js';

/** One who watches a task, as the fan-out sees them. */
type Watcher = Readonly<{ mailbox: Mailbox; watch: Watch; end: AbortController }>;

const POLL_IDS = 1_000;

export type LiveUpdatesOptions = Readonly<{
  /** How often to ask the log whether a hint was lost. @default 2000 */
  pollMs?: number;
  logger?: Logger;
}>;

/** What happens to tasks, to any number of watchers in this process, over one feed. */
export class LiveUpdates {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private readonly logger: Logger;
  private stopped = false;
  private polling = false;

  constructor(
    private readonly log: EventStore,
    private readonly feed: Feed,
    private readonly options: LiveUpdatesOptions = {},
  ) {
    this.logger = options.logger ?? new SilentLogger();
  }

  /** Follows the feed and polls, until stopped; that ends all watches. */
  async start(): Promise<Stop> {
    const stop = await this.feed.follow({ from: 'now' }, async (events) => this.fanOut(events));
    const timer = setInterval(() => void this.poll(), this.options.pollMs ?? 2_000);
    timer.unref();
    return async () => {
      clearInterval(timer);
      this.stopped = true;
      for (const { end } of [...this.watchers.values()].flatMap((watchers) => [...watchers])) end.abort();
      await stop();
    };
  }

  /** How many watch. */
  get size(): number {
    return [...this.watchers.values()].reduce((sum, watchers) => sum + watchers.size, 0);
  }

  /**
   * Every event of the task after version `after` (default 0) with the task after it: in order, no gap, no duplicate.
   * Ends after the final event, with the signal, or when this is stopped. A slow reader loses nothing. A task that does
   * not exist is waited for.
   *
   * @throws {MeshError} `unavailable` from `next()` when the log is away: watch again, after the last version seen
   */
  watch(taskId: string, { after = 0, signal }: StreamOptions = {}): AsyncIterableIterator<Step> {
    return this.each(taskId, after, signal, (step) => step);
  }

  /** As `watch`, in the words of the clients' contract. */
  watchUpdates(
    taskId: string,
    { after = 0, signal }: StreamOptions = {},
  ): AsyncIterableIterator<TaskUpdateEvent> {
    return this.each(taskId, after, signal, (step) => updateOf(taskId, step.event, step.after));
  }

  private each<T>(
    taskId: string,
    after: number,
    signal: AbortSignal | undefined,
    map: (step: Step) => T,
  ): AsyncIterableIterator<T> {
    return closable(signal, (end) => this.run(taskId, after, end, map));
  }

  private async *run<T>(
    taskId: string,
    after: number,
    end: AbortController,
    map: (step: Step) => T,
  ): AsyncGenerator<T, void, undefined> {
    if (this.stopped) return;
    const mailbox = new Mailbox();
    const watch = new Watch(this.log, taskId, mailbox);
    const watcher = { mailbox, watch, end };
    const watchers = this.watchers.get(taskId) ?? new Set();
    this.watchers.set(taskId, watchers.add(watcher));
    try {
      for await (const step of watch.steps(after, end.signal)) yield map(step);
    } finally {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.watchers.get(taskId) === watchers) this.watchers.delete(taskId);
    }
  }

  private fanOut(events: readonly FeedEvent[]): void {
    for (const { taskId, event } of events) {
      const watchers = this.watchers.get(taskId);
      if (!watchers) continue;
      const bytes = JSON.stringify(event.data).length;
      for (const { mailbox } of watchers) mailbox.put(event, bytes);
    }
  }

  /** Sends to the log whoever is behind it with nothing on the way. */
  private async poll(): Promise<void> {
    if (this.polling) return; // the last one still waits for the log
    this.polling = true;
    const ids = [...this.watchers.keys()];
    try {
      for (let i = 0; i < ids.length; i += POLL_IDS) {
        const versions = await this.log.versions(ids.slice(i, i + POLL_IDS));
        for (const [id, version] of versions) this.compare(id, version);
      }
    } catch (error) {
      this.logger.warn('the watchers could not be compared with the log', {
        watched: ids.length,
        error: String(error),
      });
    } finally {
      this.polling = false;
    }
  }

  private compare(taskId: string, version: number): void {
    for (const { mailbox, watch } of this.watchers.get(taskId) ?? []) {
      if (Math.max(watch.version, mailbox.lastVersion) < version) mailbox.fallBehind();
    }
  }
}
