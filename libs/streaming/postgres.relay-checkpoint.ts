import type { SqlPool } from '#event-store';
import { RelayCheckpoint } from './relay-checkpoint.js';
import type { RelayMark } from './relay-checkpoint.js';

type Row = Readonly<{
  created: string;
  last_seq: string;
  incarnation: number;
  xid: string;
  position: string;
}>;

const LOAD = `
  SELECT created, last_seq::text, incarnation, xid::text, position::text FROM relay_checkpoint WHERE stream = $1`;

const SAVE = `
  INSERT INTO relay_checkpoint (stream, created, last_seq, incarnation, xid, position)
  VALUES ($1, $2, $3::bigint, $4::integer, $5::numeric, $6::bigint)
  ON CONFLICT (stream) DO UPDATE SET created = excluded.created, last_seq = excluded.last_seq,
    incarnation = excluded.incarnation, xid = excluded.xid, position = excluded.position`;

/** The mark in a row beside the log. */
export class PostgresRelayCheckpoint extends RelayCheckpoint {
  constructor(private readonly pool: SqlPool) {
    super();
  }

  override async load(stream: string): Promise<RelayMark | null> {
    const { rows } = await this.pool.query<Row>(LOAD, [stream]);
    const [row] = rows;
    if (!row) return null;
    const cursor = { incarnation: row.incarnation, xid: row.xid, position: row.position };
    return { created: row.created, lastSeq: Number(row.last_seq), cursor };
  }

  override async save(stream: string, { created, lastSeq, cursor }: RelayMark): Promise<void> {
    await this.pool.query(SAVE, [stream, created, lastSeq, cursor.incarnation, cursor.xid, cursor.position]);
  }
}
