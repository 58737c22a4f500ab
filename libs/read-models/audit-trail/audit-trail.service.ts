import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { auditQuerySchema, decode } from '#contract';
import type { AuditEntry, AuditPage, AuditQuery } from '#contract';
import { AUDIT_RECORDS, answering } from '#event-store';
import { decodePlace, pageOf } from '../page-cursor.js';
import { merged } from '#task';
import { ProjectionMonitor } from '../projections/projection-monitor.service.js';
import { AuditTrailRow } from './audit-trail.entity.js';

const DEFAULT_LIMIT = 100;

/** Reads the audit trail. It asks nobody for permission: its callers are behind the gate. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly db: DataSource,
    private readonly monitor: ProjectionMonitor,
  ) {}

  /**
   * The tenant's records that match, newest first; `from` is the first moment that counts, `to` the first that does not.
   *
   * @throws {MeshError} `invalid_request` for a filter that is none; `unavailable`
   */
  async page(tenant: string, query: AuditQuery): Promise<AuditPage> {
    const { limit = DEFAULT_LIMIT, cursor, from, to, ...equal } = decode(auditQuerySchema, query);
    const rows = this.db
      .createQueryBuilder(AuditTrailRow, 'row')
      .innerJoin(`(${AUDIT_RECORDS})`, 'kept', 'kept.id = row.id')
      .select('kept.entry', 'text')
      .where(merged<object>({ tenant, ...equal }))
      .orderBy('row.at', 'DESC')
      .addOrderBy('row.id', 'DESC')
      .limit(limit + 1);
    if (from !== undefined) rows.andWhere('row.at >= :from', { from });
    if (to !== undefined) rows.andWhere('row.at < :to', { to });
    if (cursor !== undefined) {
      rows.andWhere('(row.at, row.id) < (:at::timestamptz, :id::uuid)', decodePlace(cursor));
    }
    const found = await answering(async () => {
      await this.monitor.require('audit_trail');
      return rows.getRawMany<Readonly<{ text: string }>>();
    });
    const { items, ...next } = pageOf(found.map(entryOf), limit, (entry) => entry);
    return { entries: items, ...next };
  }
}

const entryOf = ({ text }: Readonly<{ text: string }>) => JSON.parse(text) as AuditEntry;
