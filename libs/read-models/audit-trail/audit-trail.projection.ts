import type { EntityManager } from 'typeorm';
import type { AuditEntry, Cursor } from '#contract';
import { EventStore } from '#event-store';
import { LogProjection } from '../projections/log.projection.js';
import type { Placed } from '../projections/projection.js';
import { AUDIT_COLUMNS } from './project.js';

/** Keeps `audit_trail`: one insert a batch. Records stand alone, so there are no gaps to find. */
export class AuditTrailProjection extends LogProjection<AuditEntry> {
  override readonly name = 'audit_trail';
  override readonly tables = ['audit_trail'];

  constructor(private readonly store: EventStore) {
    super();
  }

  override async read(after: Cursor, limit: number): Promise<readonly Placed<AuditEntry>[]> {
    const records = await this.store.auditTail(after, limit);
    return records.map(({ cursor, entry }) => ({ cursor, id: entry.id, items: [entry] }));
  }

  override async write(tx: EntityManager, entries: readonly AuditEntry[]): Promise<void> {
    await tx.query(
      INSERT,
      AUDIT_COLUMNS.map(({ of }) => entries.map(of)),
    );
  }

  override fill(): Promise<readonly AuditEntry[]> {
    return Promise.resolve([]);
  }
}

const INSERT = `
  insert into audit_trail (${AUDIT_COLUMNS.map(({ name }) => name).join(', ')})
  select * from unnest(${AUDIT_COLUMNS.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')})
  on conflict (id) do nothing`;
