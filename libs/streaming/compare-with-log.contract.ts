import { ORIGIN, compareCursors } from '#contract';
import type { Cursor } from '#contract';
import type { EventStore } from '#event-store';
import type { Received } from './received.js';

/** Ids of events. `missing`: in the log, not in the stream though it reaches back that far; `extra`: the other way round. */
export type Comparison = Readonly<{ compared: number; missing: readonly string[]; extra: readonly string[] }>;

const PAGE_COMMITS = 500;

/**
 * Compares the stream, as its messages are read from the first on, with the log; what the log has after the last
 * message is not counted as missing, the relay may be about to publish it. One pass; memory for a page.
 */
export async function compareWithLog(
  log: Pick<EventStore, 'tail'>,
  stream: AsyncIterable<Received>,
): Promise<Comparison> {
  const [missing, extra]: [string[], string[]] = [[], []];
  const logged = new LogWalk(log);
  let compared = 0;
  for await (const message of stream) {
    if (compared === 0) await logged.begin(message);
    compared += 1;
    const known = await logged.skipTo(message, missing);
    if (!known) extra.push(message.id);
  }
  return { compared, missing, extra };
}

/** Walks the log's events beside the stream's. */
class LogWalk {
  private page: readonly Readonly<{ id: string; cursor: Cursor }>[] = [];
  private at = 0;
  private after: Cursor = ORIGIN;

  constructor(private readonly log: Pick<EventStore, 'tail'>) {}

  async begin({ previous, index }: Received): Promise<void> {
    this.after = previous;
    await this.turn();
    this.at = index; // what came before in its commit may have aged out
  }

  /** Passes over what is before the event, noting it; true if the event is next. */
  async skipTo({ cursor, id }: Received, missing: string[]): Promise<boolean> {
    for (;;) {
      if (this.at >= this.page.length) await this.turn();
      const next = this.page[this.at];
      if (!next || compareCursors(next.cursor, cursor) > 0 || this.isStrange(id, cursor)) return false;
      this.at += 1;
      if (next.id === id) return true;
      missing.push(next.id);
    }
  }

  /** True if what is here goes past `cursor` without such an event. */
  private isStrange(id: string, cursor: Cursor): boolean {
    for (let i = this.at; i < this.page.length; i += 1) {
      const event = this.page[i];
      if (!event || event.id === id) return false;
      if (compareCursors(event.cursor, cursor) > 0) return true;
    }
    return false;
  }

  private async turn(): Promise<void> {
    const commits = await this.log.tail(this.after, PAGE_COMMITS);
    this.after = commits.at(-1)?.cursor ?? this.after;
    this.page = commits.flatMap(({ events }) => events);
    this.at = 0;
  }
}
