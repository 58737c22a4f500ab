import type { EntityManager } from 'typeorm';
import type { Cursor } from '#contract';
import { EventStore } from '#event-store';
import { LogProjection } from '../projections/log.projection.js';
import type { Placed } from '../projections/projection.js';
import { AUDIT_COLUMNS } from './project.js';

/**
 * Keeps `audit_trail`: one insert a batch, of the records as they are in the log; the database parses them. They stand
 * alone, so there are no gaps to find.
 */
export class AuditTrailProjection extends LogProjection<string> {
  override readonly name = 'audit_trail';
  override readonly tables = ['audit_trail'];

  constructor(private readonly store: EventStore) {
    super();
  }

  override async read(after: Cursor, limit: number): Promise<readonly Placed<string>[]> {
    const records = await this.store.auditTail(after, limit);
    return records.map(({ cursor, id, text }) => ({ cursor, id, items: [text] }));
  }

  override async write(tx: EntityManager, records: readonly string[]): Promise<void> {
    await tx.query(INSERT, [`[${records.join(',')}]`]);
  }

  override fill(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
}

const INSERT = `
  insert into audit_trail (${AUDIT_COLUMNS.map(({ column }) => column).join(', ')})
  select ${AUDIT_COLUMNS.map(({ field }) => `"${field}"`).join(', ')}
    from json_to_recordset($1::json) as r (${AUDIT_COLUMNS.map(({ field, type }) => `"${field}" ${type}`).join(', ')})
  on conflict (id) do nothing`;
