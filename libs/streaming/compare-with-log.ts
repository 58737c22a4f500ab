import { ORIGIN, compareCursors } from '#contract';
import type { Cursor } from '#contract';
import type { EventStore } from '#event-store';
import type { Received } from './cloud-event.js';

/** Ids of events. `missing`: in the log, not in the stream though it reaches back that far; `extra`: the other way round. */
export type Comparison = Readonly<{ compared: number; missing: readonly string[]; extra: readonly string[] }>;

const PAGE_COMMITS = 500;

/**
 * Compares the stream, as its messages are read from the first on, with the log; what the log has after the last
 * message is not counted as missing, the relay may be about to publish it. One pass; memory for a page.
 */
export async function compareWithLog(log: EventStore, stream: AsyncIterable<Received>): Promise<Comparison> {
  const [missing, extra]: [string[], string[]] = [[], []];
  const logged = new LogWalk(log);
  let compared = 0;
  for await (const message of stream) {
    if (compared === 0) await logged.begin(message);
    compared += 1;
    const known = await logged.skipTo(message.cursor, message.id, missing);
    if (!known) extra.push(message.id);
  }
  return { compared, missing, extra };
}

/** Walks the log's events beside the stream's. */
class LogWalk {
  private page: readonly Readonly<{ id: string; cursor: Cursor }>[] = [];
  private after: Cursor = ORIGIN;

  constructor(private readonly log: EventStore) {}

  async begin({ previous, index }: Received): Promise<void> {
    this.after = previous;
    await this.fill();
    this.page = this.page.slice(index); // the first of the commit may have aged out
  }

  /** Passes over what is before `cursor`, noting it; true if the event with this id comes next. */
  async skipTo(cursor: Cursor, id: string, missing: string[]): Promise<boolean> {
    for (;;) {
      if (this.page.length === 0) await this.fill();
      const [next, ...rest] = this.page;
      if (!next || compareCursors(next.cursor, cursor) > 0) return false;
      if (next.id !== id && compareCursors(next.cursor, cursor) === 0 && !rest.some((event) => event.id === id)) return false;
      this.page = rest;
      if (next.id === id) return true;
      missing.push(next.id);
    }
  }

  private async fill(): Promise<void> {
    const commits = await this.log.tail(this.after, PAGE_COMMITS);
    this.after = commits.at(-1)?.cursor ?? this.after;
    this.page = commits.flatMap(({ events }) => events);
  }
}
