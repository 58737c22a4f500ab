import { Clock } from '#contract';
import { SecurityService } from '../security.js';
import type {
  DeviceInfo,
  RepoPolicy,
  SecurityContext,
  SecurityOptions,
  SessionPermissions,
} from '../security.js';

/** A clock that stands until it is set. */
export class SetClock extends Clock {
  constructor(public at = new Date('2026-01-01T00:00:00Z')) {
    super();
  }

  override now(): Date {
    return this.at;
  }

  override monotonicMs(): number {
    return this.at.getTime();
  }
}

export const DAY_MS = 86_400_000;
export const laptop = (trustLevel: DeviceInfo['trustLevel']): DeviceInfo => ({
  id: 'laptop',
  name: 'laptop',
  trustLevel,
  lastSeen: new Date('2026-01-01T00:00:00Z'),
});

/** phase2.md §3, in its own words. */
export const PHASE2: RepoPolicy = {
  repoPath: '/repo',
  enforceTrust: true,
  minimumTrustLevel: 'verified',
  allowedRoles: ['developer', 'admin'],
  agentPolicies: [
    { agentId: 'code-modifier', allowedRoles: ['developer', 'admin'], requireDeviceTrust: 'verified' },
  ],
  skillPolicies: [
    {
      skillId: 'shell-exec',
      dangerous: true,
      requiredPermissions: ['skill:execute'],
      allowedRoles: ['developer'],
    },
  ],
};

/** A session on a verified laptop, with what its roles grant. */
export async function aContext(
  service: SecurityService,
  roles: string[],
  over: Partial<SessionPermissions> = {},
): Promise<SecurityContext> {
  const session = { ...(await service.createSession('user-123', 'laptop', roles)), ...over };
  const effectivePermissions = await service.getEffectivePermissions(session);
  return { session, device: laptop('verified'), effectivePermissions };
}

/** A service with the policy of phase2.md, or a little another. */
export async function withPolicy(policy: Partial<RepoPolicy> = {}, options: SecurityOptions = {}) {
  const service = new SecurityService(options);
  await service.setRepoPolicy({ ...PHASE2, ...policy });
  return service;
}

export const SCOPE = { scope: ['/repo'] };
