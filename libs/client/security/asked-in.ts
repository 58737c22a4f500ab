import type { Asked } from '#policy';
import type { SecurityContext } from './types.js';

/** Why a context proves nothing, whatever it says. */
export type Defect = Readonly<{ rule: string; reason: string }>;

/** What is wrong with a context, first to last; `false` where nothing is. */
const DEFECTS: readonly ((context: SecurityContext, now: Date) => Defect | false)[] = [
  ({ session }, now) =>
    session.expiresAt !== undefined &&
    !(new Date(session.expiresAt).getTime() > now.getTime()) && {
      rule: 'session.expiresAt',
      reason: 'the session has expired: sign in again',
    },
  ({ session, user }) =>
    user !== undefined &&
    user.id !== session.userId && {
      rule: 'session.userId',
      reason: `the session is ${session.userId}'s, not ${user.id}'s`,
    },
  ({ user }) =>
    user?.verified === false && { rule: 'user.verified', reason: `${user.id} has not proven who they are` },
  ({ session, device }) =>
    device !== undefined &&
    session.deviceId !== device.id && {
      rule: 'session.deviceId',
      reason: `the session belongs to the device ${session.deviceId}, not to ${device.id}`,
    },
];

/** Why nothing may be done in this context; nothing if it holds. */
export function defectOf(context: SecurityContext, now: Date): Defect | undefined {
  for (const defect of DEFECTS) {
    const found = defect(context, now);
    if (found) return found;
  }
  return undefined;
}

/** Who asks, as the policy wants to know it. Without `effectivePermissions` there are none. */
export const askerOf = (context: SecurityContext): Omit<Asked, 'permissions'> => {
  const { session, user, device } = context;
  const granted: readonly string[] = context.effectivePermissions ?? [];
  return {
    userId: session.userId,
    userName: user?.name,
    roles: session.roles,
    scope: granted.includes('admin:all') ? undefined : granted,
    trust: device?.trustLevel,
  };
};
