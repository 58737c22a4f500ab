import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import type { AuditPage, AuditQuery } from '#contract';
import { AuditTrail } from './audit-trail.service.js';

/** The tenant's audit records, newest first; `from` is the first moment that counts, `to` the first that does not. */
export class GetAudit extends GuardedQuery<AuditPage> {
  constructor(readonly query: AuditQuery = {}) {
    super();
  }
}

@GuardedQueryHandler(GetAudit, () => ({ permissions: ['audit:read'], recorded: true, action: 'audit.read' }))
export class GetAuditHandler implements IQueryHandler<GetAudit> {
  constructor(private readonly trail: AuditTrail) {}

  execute({ query, scope }: GetAudit): Promise<AuditPage> {
    return this.trail.page(scope.tenant, query);
  }
}
