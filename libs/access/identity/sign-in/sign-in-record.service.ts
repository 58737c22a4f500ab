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
    const { user, sessionId = '', trust = 'untrusted', action, tenant } = entry;
    const isAboutSession = sessionId !== '';
    return this.store.record({
      id: uuidv7(),
      tenant,
      at: this.clock.now().toISOString(),
      actorKind: 'user',
      userId: user?.id ?? '',
      userName: user?.name,
      issuer: entry.issuer,
      sessionId,
      deviceId: entry.deviceId,
      address: from.address,
      trust,
      roles: user?.roles ?? [],
      action,
      resourceType: isAboutSession ? 'session' : 'user',
      resourceId: isAboutSession ? sessionId : (user?.id ?? ''),
      result: entry.result,
      reason: entry.reason,
      rule: 'sign-in',
      traceId: from.traceId,
    });
  }
}
