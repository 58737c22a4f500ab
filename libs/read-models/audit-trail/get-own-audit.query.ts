import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import type { AuditPage, AuditQuery } from '#contract';
import { AuditTrail } from './audit-trail.service.js';

/**
 * The audit records of the caller's own session, which takes no `audit:read`. There is no way to name another session:
 * it comes from who asks, never from what is asked.
 */
export class GetOwnAudit extends GuardedQuery<AuditPage> {
  constructor(readonly query: Omit<AuditQuery, 'sessionId'> = {}) {
    super();
  }
}

@GuardedQueryHandler(GetOwnAudit, () => ({ permissions: [], action: 'audit.read-own' }))
export class GetOwnAuditHandler implements IQueryHandler<GetOwnAudit> {
  constructor(private readonly trail: AuditTrail) {}

  execute({ query, scope }: GetOwnAudit): Promise<AuditPage> {
    return this.trail.page(scope.tenant, { ...query, sessionId: scope.actor.sessionId });
  }
}
