import { Injectable } from '@nestjs/common';
import { uuidv7 } from '#contract';
import { isMeshError } from '#errors';
import { Devices } from '../devices/devices.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import { SessionTokens } from '../sessions/session-tokens.service.js';
import type { SignedIn } from '../sessions/session-tokens.service.js';
import { Sessions } from '../sessions/sessions.service.js';
import type { BeginSession } from '../sessions/sessions.service.js';
import type { User } from '../users/user.js';
import type { Origin, SignInAction } from './origin.js';
import { SignInRecord } from './sign-in-record.service.js';
import type { SignInEntry } from './sign-in-record.service.js';

/** Somebody who has proven who they are. */
export type Arrival = Readonly<{
  action: SignInAction;
  user: User;
  issuer: string;
  /** How they proved it, for the audit. */
  reason: string;
  /** False for a session that ends by itself. @default true */
  refreshable?: boolean | undefined;
}> &
  Pick<BeginSession, 'roles' | 'resume' | 'ttlMs' | 'cancelOnEnd'>;

/** Lets in who has proven who they are: writes it down, makes or resumes a session, and issues its tokens. */
@Injectable()
export class Arrivals {
  constructor(
    private readonly sql: IdentitySql,
    private readonly sessions: Sessions,
    private readonly tokens: SessionTokens,
    private readonly devices: Devices,
    private readonly record: SignInRecord,
  ) {}

  /** @throws {MeshError} as `Sessions.begin` does, recorded as refused */
  async letIn(arrival: Arrival, from: Origin): Promise<SignedIn> {
    const { user, action, issuer, reason, refreshable, ...asked } = arrival;
    const { tenant } = user;
    const device = from.key === undefined ? null : await this.devices.ofKey(tenant, user.id, from.key);
    const sessionId = asked.resume ?? uuidv7();
    const known = { action, tenant, user, issuer, sessionId, deviceId: device?.id, trust: device?.trust };
    await this.record.write({ ...known, result: 'allowed', reason }, from);
    const begin = { ...asked, user, issuer, id: sessionId, deviceId: device?.id };
    return this.recordingRefusal(known, from, () =>
      this.sql.transaction(async (tx) =>
        this.tokens.issueIn(tx, await this.sessions.beginIn(tx, begin), from.key, refreshable),
      ),
    );
  }

  private async recordingRefusal<Result>(
    known: Omit<SignInEntry, 'result' | 'reason'>,
    from: Origin,
    work: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (isMeshError(error) && error.code !== 'unavailable')
        await this.record.write({ ...known, result: 'refused', reason: error.message }, from);
      throw error;
    }
  }
}
