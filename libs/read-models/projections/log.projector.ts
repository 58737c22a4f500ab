import type { DataSource } from 'typeorm';
import { compareCursors } from '#contract';
import type { Cursor } from '#contract';
import type { Checkpoints } from './checkpoints.service.js';
import type { LogProjection } from './log.projection.js';
import { GapsFound } from './next-events.js';
import { before } from './projection.js';
import type { Checkpoint, Placed } from './projection.js';

/** Commits or audit records read at a time. */
const BATCH = 250;

/** A filled gap can open again only by a rebuild in between; more often, something else is wrong. */
const MAX_FILLS = 3;

/**
 * Moves one projection on: rows and checkpoint in one transaction, under the checkpoint's lock. A batch read from the
 * log is written only upon the checkpoint it was read after; one that was delivered, only while the projection is
 * live. So two projectors, a repeated delivery or a rebuild in between change nothing but who does the work.
 */
export class LogProjector<Item> {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly db: DataSource,
    private readonly checkpoints: Checkpoints,
    readonly projection: LogProjection<Item>,
  ) {}

  /**
   * Reads the log to its end. The commit at the checkpoint is read again: it proves that the log is the one that was
   * read before, and a feed may have delivered only a part of it.
   *
   * @param known the checkpoint as it was read just now; if it has moved since, it is read again
   * @returns where the projection stands; `refused` if the log does not hold its checkpoint
   */
  async catchUp(known?: Checkpoint): Promise<Checkpoint> {
    return this.inTurn(async () => {
      for (let hint = known; ; hint = undefined) {
        const from = hint ?? (await this.checkpoints.read(this.projection.name));
        const batch = await this.projection.read(before(from.cursor), BATCH);
        const done = holds(batch, from) ? await this.readOn(from, batch) : await this.refuse(from);
        if (done) return done;
      }
    });
  }

  /** Adds what a feed has delivered. Dropped while the projection is not live: then the log is read instead. */
  async deliver(batch: readonly Placed<Item>[]): Promise<void> {
    await this.inTurn(() => this.apply(batch, null));
  }

  /** @returns `null` where somebody else has moved the checkpoint */
  private async readOn(from: Checkpoint, first: readonly Placed<Item>[]): Promise<Checkpoint | null> {
    let at: Checkpoint | null = from;
    for (
      let batch = first;
      at && batch.length > 0;
      batch = at && batch.length === BATCH ? await this.projection.read(at.cursor, BATCH) : []
    ) {
      at = await this.apply(batch, at);
    }
    if (!at || at.state === 'live') return at;
    const live = { ...at, state: 'live', error: null } as const;
    return (await this.checkpoints.mark(at, live)) ? live : null;
  }

  private async refuse(at: Checkpoint): Promise<Checkpoint | null> {
    const { xid, position, incarnation } = at.cursor;
    const error = `the log does not hold ${at.lastId} at ${incarnation}/${xid}/${position}, which this read model has read: the log was restored or replaced; rebuild this read model`;
    const refused = { ...at, state: 'refused', error } as const;
    if (at.state === 'refused') return refused;
    return (await this.checkpoints.mark(at, refused)) ? refused : null;
  }

  /** @returns the new checkpoint, or `null` if nothing was written because the present one forbids it */
  private async apply(batch: readonly Placed<Item>[], upon: Checkpoint | null): Promise<Checkpoint | null> {
    const last = furthest(batch);
    if (!last) return upon;
    let items = batch.flatMap((placed) => placed.items);
    for (let round = 1; ; round++) {
      try {
        return await this.commit(items, last, upon?.cursor ?? null);
      } catch (error) {
        if (!(error instanceof GapsFound) || round === MAX_FILLS) throw error;
        items = [...items, ...(await this.projection.fill(error.gaps))]; // outside the transaction, which stays short
      }
    }
  }

  private async commit(
    items: readonly Item[],
    last: Placed<Item>,
    upon: Cursor | null,
  ): Promise<Checkpoint | null> {
    return this.db.transaction(async (tx) => {
      const current = await this.checkpoints.lock(tx, this.projection.name);
      if (!current || !mayMove(current, upon)) return null;
      await this.projection.write(tx, items);
      const further = compareCursors(last.cursor, current.cursor) > 0;
      const next = further ? { ...current, cursor: last.cursor, lastId: last.id } : current;
      await this.checkpoints.save(tx, next);
      return next;
    });
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}

const mayMove = (current: Checkpoint, upon: Cursor | null): boolean =>
  upon ? compareCursors(current.cursor, upon) === 0 : current.state === 'live';

/** Whether the log, read from right before the checkpoint, begins with what the checkpoint names. */
function holds([first]: readonly Placed<unknown>[], { cursor, lastId }: Checkpoint): boolean {
  if (lastId === null) return true;
  return first !== undefined && first.id === lastId && compareCursors(first.cursor, cursor) === 0;
}

function furthest<Item>(batch: readonly Placed<Item>[]): Placed<Item> | undefined {
  let last = batch[0];
  for (const placed of batch) if (last && compareCursors(placed.cursor, last.cursor) > 0) last = placed;
  return last;
}
