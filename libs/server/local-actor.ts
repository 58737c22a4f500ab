import { userInfo } from 'node:os';
import { DEFAULT_TENANT } from '#contract';
import type { Actor } from '#contract';

/** The one user of a local-only runtime: whoever owns the data folder, an admin on their own machine. */
export const localActor = (): Actor => ({
  kind: 'user',
  id: nameOfUser(),
  userName: nameOfUser(),
  issuer: 'local',
  tenant: DEFAULT_TENANT,
  sessionId: 'default',
  roles: ['admin'],
  trust: 'trusted',
});

/** The name of whoever runs this process. A user id without an account (as in some containers) has no name. */
export function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
