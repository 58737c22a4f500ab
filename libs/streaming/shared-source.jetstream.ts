import { StreamSource } from './source.jetstream.js';
import type { Listener, SourceOptions } from './source.jetstream.js';
import type { NatsLink } from './link.nats.js';

/** The one consumer of a process, for all its readers: there from the first of them to the last. */
export class SharedSource {
  private readonly listeners = new Set<Listener>();
  private running: Readonly<{ abort: AbortController; done: Promise<void> }> | null = null;

  constructor(
    private readonly link: NatsLink,
    private readonly options: Omit<SourceOptions, 'signal'>,
  ) {}

  join(listener: Listener): void {
    this.listeners.add(listener);
    this.running ??= this.start();
  }

  /** The last one waits until the consumer is gone. */
  async leave(listener: Listener): Promise<void> {
    this.listeners.delete(listener);
    if (this.listeners.size > 0 || !this.running) return;
    const { abort, done } = this.running;
    this.running = null;
    abort.abort();
    await done;
  }

  private start() {
    const abort = new AbortController();
    const source = new StreamSource(this.link, { ...this.options, signal: abort.signal });
    const done = source.run({
      arrive: (message, bytes) => {
        for (const { arrive } of this.listeners) arrive(message, bytes);
      },
      opened: () => {
        for (const { opened } of this.listeners) opened();
      },
    });
    return { abort, done };
  }
}
