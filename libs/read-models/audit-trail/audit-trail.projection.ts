import type { EntityManager } from 'typeorm';
import type { Cursor } from '#contract';
import { AUDIT_RECORDS, EventStore } from '#event-store';
import { LogProjection } from '../projections/log.projection.js';
import type { Placed } from '../projections/projection.js';
import { AUDIT_COLUMNS } from './project.js';

/**
 * Keeps `audit_trail`: one insert a batch, of the records as they are in the log. They are named to the database, which
 * parses them where they lie: none travels here and back. They stand alone, so there are no gaps to find.
 */
export class AuditTrailProjection extends LogProjection<string> {
  override readonly name = 'audit_trail';
  override readonly tables = ['audit_trail'];

  constructor(private readonly store: EventStore) {
    super();
  }

  override async read(after: Cursor, limit: number): Promise<readonly Placed<string>[]> {
    const places = await this.store.auditPlaces(after, limit);
    return places.map(({ cursor, id }) => ({ cursor, id, items: [id] }));
  }

  override async write(tx: EntityManager, ids: readonly string[]): Promise<void> {
    await tx.query(INSERT, [ids]);
  }

  override fill(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
}

const INSERT = `
  insert into audit_trail (${AUDIT_COLUMNS.map(({ column }) => column).join(', ')})
  select ${AUDIT_COLUMNS.map(({ field }) => `r."${field}"`).join(', ')}
    from (${AUDIT_RECORDS}) as kept,
      json_to_record(kept.entry::json) as r (${AUDIT_COLUMNS.map(({ field, type }) => `"${field}" ${type}`).join(', ')})
  on conflict (id) do nothing`;
