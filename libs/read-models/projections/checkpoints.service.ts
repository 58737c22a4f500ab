import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { ORIGIN, compareCursors } from '#contract';
import type { Cursor } from '#contract';
import { CheckpointRow } from './checkpoint.entity.js';
import type { Checkpoint, ProjectionName } from './projection.js';

/**
 * How far each projection has read. A projection's transactions hold the row's lock, so two projectors take turns,
 * and each sees what the other has written.
 */
@Injectable()
export class Checkpoints {
  constructor(private readonly db: DataSource) {}

  /** The checkpoint; one that does not exist yet begins at the origin. */
  async read(name: ProjectionName): Promise<Checkpoint> {
    const row = (await this.find(name)) ?? (await this.begin(name));
    return checkpointOf(row);
  }

  /** As `read`, of one that may not have begun. */
  async peek(name: ProjectionName): Promise<(Checkpoint & Readonly<{ seenSecondsAgo: number }>) | null> {
    const [row] = await this.db.query<readonly (RawRow & Readonly<{ seen_seconds_ago: number }>)[]>(
      `select ${COLUMNS}, coalesce(extract(epoch from now() - seen_at), 1e9)::float8 as seen_seconds_ago
         from checkpoint where name = $1`,
      [name],
    );
    return row ? { ...checkpointOf(row), seenSecondsAgo: row.seen_seconds_ago } : null;
  }

  /** Takes the lock, for as long as the transaction runs. */
  async lock(tx: EntityManager, name: ProjectionName): Promise<Checkpoint | null> {
    const [row] = await tx.query<readonly RawRow[]>(
      `select ${COLUMNS} from checkpoint where name = $1 for update`,
      [name],
    );
    return row ? checkpointOf(row) : null;
  }

  /** Writes where the rows of this transaction end. */
  async save(tx: EntityManager, { name, cursor, lastId, state }: Checkpoint): Promise<void> {
    await tx.query(
      `update checkpoint set incarnation = $2, xid = $3, position = $4, last_id = $5, state = $6, error = null, seen_at = now()
        where name = $1`,
      [name, cursor.incarnation, cursor.xid, cursor.position, lastId, state],
    );
  }

  /** Changes the state, if the checkpoint is still the one that was judged. */
  async mark(
    { name, cursor }: Checkpoint,
    { state, error }: Pick<Checkpoint, 'state' | 'error'>,
  ): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const current = await this.lock(tx, name);
      if (!current || compareCursors(current.cursor, cursor) !== 0) return false;
      await tx.query(`update checkpoint set state = $2, error = $3, seen_at = now() where name = $1`, [
        name,
        state,
        error,
      ]);
      return true;
    });
  }

  /** Says that a projector is at work, and what ails it. */
  async beat(name: ProjectionName, error: string | null): Promise<void> {
    await this.db.query(
      `update checkpoint set seen_at = now(), error = case when state = 'refused' then error else $2 end where name = $1`,
      [name, error],
    );
  }

  /** Empties a projection and sends it back to the origin. Whoever projects folds it again from the log. */
  async reset(name: ProjectionName, tables: readonly string[]): Promise<void> {
    await this.read(name); // it may never have begun
    await this.db.transaction(async (tx) => {
      await this.lock(tx, name);
      await tx.query(`truncate ${tables.join(', ')}`);
      await this.save(tx, { name, cursor: ORIGIN, lastId: null, state: 'building', error: null });
    });
  }

  private async find(name: ProjectionName): Promise<RawRow | undefined> {
    const [row] = await this.db.query<readonly RawRow[]>(
      `select ${COLUMNS} from checkpoint where name = $1`,
      [name],
    );
    return row;
  }

  private async begin(name: ProjectionName): Promise<RawRow> {
    const { incarnation, xid, position } = ORIGIN;
    await this.db
      .createQueryBuilder()
      .insert()
      .into(CheckpointRow)
      .values({ name, incarnation, xid, position, state: 'building' })
      .orIgnore()
      .execute();
    return (
      (await this.find(name)) ?? {
        name,
        incarnation,
        xid,
        position,
        last_id: null,
        state: 'building',
        error: null,
      }
    );
  }
}

const COLUMNS = 'name, incarnation, xid, position, last_id, state, error';

type RawRow = Cursor & Readonly<{ last_id: string | null }> & Pick<Checkpoint, 'name' | 'state' | 'error'>;

const checkpointOf = ({ name, incarnation, xid, position, last_id, state, error }: RawRow): Checkpoint => ({
  name,
  cursor: { incarnation, xid, position },
  lastId: last_id,
  state,
  error,
});
