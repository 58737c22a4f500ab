import { DataSource } from 'typeorm';
import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import { auditQuerySchema, decode } from '#contract';
import type { AuditPage, AuditQuery } from '#contract';
import { answering } from '../answering.js';
import { decodePlace, pageOf } from '../page-cursor.js';
import { ProjectionMonitor } from '../projections/projection-monitor.service.js';
import { AuditTrailRow } from './audit-trail.entity.js';
import { entryOf } from './project.js';

const DEFAULT_LIMIT = 100;

/** The tenant's audit records, newest first; `from` is the first moment that counts, `to` the first that does not. */
export class GetAudit extends GuardedQuery<AuditPage> {
  constructor(readonly query: AuditQuery = {}) {
    super();
  }
}

@GuardedQueryHandler(GetAudit, () => ({ permissions: ['audit:read'], recorded: true, action: 'audit.read' }))
export class GetAuditHandler implements IQueryHandler<GetAudit> {
  constructor(
    private readonly db: DataSource,
    private readonly monitor: ProjectionMonitor,
  ) {}

  async execute({ query, scope }: GetAudit): Promise<AuditPage> {
    const { limit = DEFAULT_LIMIT, cursor, from, to, ...equal } = decode(auditQuerySchema, query);
    const rows = this.db
      .createQueryBuilder(AuditTrailRow, 'entry')
      .where({ tenant: scope.tenant, ...defined(equal) })
      .orderBy('entry.at', 'DESC')
      .addOrderBy('entry.id', 'DESC')
      .limit(limit + 1);
    if (from !== undefined) rows.andWhere('entry.at >= :from', { from });
    if (to !== undefined) rows.andWhere('entry.at < :to', { to });
    if (cursor !== undefined) {
      rows.andWhere('(entry.at, entry.id) < (:at::timestamptz, :id::uuid)', decodePlace(cursor));
    }
    const found = await answering(async () => {
      await this.monitor.require('audit_trail');
      return rows.getMany();
    });
    const { items, ...next } = pageOf(found.map(entryOf), limit, (entry) => entry);
    return { entries: items, ...next };
  }
}

const defined = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
