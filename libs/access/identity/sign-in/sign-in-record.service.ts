import { Injectable } from '@nestjs/common';
import { Clock, uuidv7 } from '#contract';
import type { AuditResult, TrustLevel } from '#contract';
import { EventStore } from '#event-store';
import type { User } from '../users/user.js';
import type { Origin, SignInAction } from './origin.js';

/** One attempt to sign in, out or up. */
export type SignInEntry = Readonly<{
  action: SignInAction | 'user.create';
  tenant: string;
  /** Absent where nobody knows who it was: what was typed as a name may be a password. */
  user?: Pick<User, 'id' | 'name' | 'roles'> | undefined;
  issuer?: string | undefined;
  sessionId?: string | undefined;
  deviceId?: string | undefined;
  trust?: TrustLevel | undefined;
  result: AuditResult;
  reason: string;
}>;

/** Writes sign-ins into the audit. Before their effect, never after it. */
@Injectable()
export class SignInRecord {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  /** @throws {MeshError} `unavailable`: nothing goes on that is not recorded */
  write(entry: SignInEntry, from: Origin): Promise<void> {
    const { user, sessionId = '', trust = 'untrusted', ...known } = entry;
    return this.store.record({
      ...known,
      id: uuidv7(),
      at: this.clock.now().toISOString(),
      actorKind: 'user',
      ...userOf(user),
      sessionId,
      address: from.address,
      trust,
      ...aboutOf(sessionId, user?.id ?? ''),
      rule: 'sign-in',
      traceId: from.traceId,
    });
  }
}

const userOf = (user: SignInEntry['user']) => ({
  userId: user?.id ?? '',
  userName: user?.name,
  roles: user?.roles ?? [],
});

const aboutOf = (sessionId: string, userId: string) =>
  sessionId === ''
    ? { resourceType: 'user', resourceId: userId }
    : { resourceType: 'session', resourceId: sessionId };
