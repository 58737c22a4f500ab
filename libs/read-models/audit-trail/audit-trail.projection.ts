import type { EntityManager } from 'typeorm';
import type { Cursor } from '#contract';
import { AUDIT_RECORDS, EventStore } from '#event-store';
import { LogProjection } from '../projections/log.projection.js';
import type { Placed } from '../projections/projection.js';

/**
 * Keeps `audit_trail`: one insert a batch. The records are named to the database, which parses them where they lie: none
 * travels here and back. They stand alone, so there are no gaps to find.
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

/** Parsed as one array: a call for each record would cost as much again as what it finds. */
const INSERT = `
  insert into audit_trail (id, tenant, at, user_id, session_id, device_id, action, resource_type, resource_id, result)
  select id, tenant, at, "userId", "sessionId", "deviceId", action, "resourceType", "resourceId", result
    from json_to_recordset(
      (select '[' || string_agg(entry, ',') || ']' from (${AUDIT_RECORDS}) as kept where id = any ($1::uuid[]))::json
    ) as record (id uuid, tenant text, at timestamptz, "userId" text, "sessionId" text, "deviceId" text, action text,
      "resourceType" text, "resourceId" text, result text)
  on conflict (id) do nothing`;
