import { Injectable } from '@nestjs/common';
import { Clock, DEFAULT_TENANT } from '#contract';
import type { Actor } from '#contract';
import { MeshError, isMeshError } from '#errors';
import { Seldom } from '../seldom.js';
import { TOKEN_ISSUER } from '../sessions/session.js';
import { SessionTokens } from '../sessions/session-tokens.service.js';
import type { SignedIn } from '../sessions/session-tokens.service.js';
import { Sessions } from '../sessions/sessions.service.js';
import { kindOf } from '../tokens.js';
import { Users } from '../users/users.service.js';
import type { Origin } from './origin.js';
import { SignInRecord } from './sign-in-record.service.js';

const RECORD_EVERY_MS = 1_000;

/** How a session goes on, and how it is left. */
@Injectable()
export class SessionRenewal {
  private readonly seldom: Seldom;

  constructor(
    private readonly tokens: SessionTokens,
    private readonly sessions: Sessions,
    private readonly users: Users,
    private readonly record: SignInRecord,
    clock: Clock,
  ) {
    this.seldom = new Seldom(RECORD_EVERY_MS, clock);
  }

  /** New tokens for a refresh token. @throws {MeshError} `unauthenticated` with the reason; a second use ends the session */
  async refresh(refreshToken: string, from: Origin): Promise<SignedIn> {
    const session = kindOf(refreshToken) === 'refresh' ? await this.tokens.sessionOf(refreshToken) : null;
    if (!session) throw await this.unknownToken(from);
    const { tenant, id: sessionId, issuer, deviceId } = session;
    const user = (await this.users.find(tenant, session.userId)) ?? undefined;
    const known = { action: 'auth.refresh', tenant, user, issuer, sessionId, deviceId } as const;
    await this.record.write({ ...known, result: 'allowed', reason: 'refresh token' }, from);
    try {
      return (await this.tokens.refresh(refreshToken, from.key)).tokens;
    } catch (error) {
      if (isMeshError(error, 'unauthenticated'))
        await this.record.write({ ...known, result: 'refused', reason: error.message }, from);
      throw error;
    }
  }

  /** Ends the caller's own session. @throws {MeshError} `access_denied` for a machine token, which is revoked instead */
  async logout(actor: Actor, from: Origin): Promise<void> {
    const { tenant, sessionId, deviceId, trust, issuer } = actor;
    if (issuer === TOKEN_ISSUER)
      throw new MeshError('access_denied', 'a machine token cannot sign out', { hint: 'revoke it' });
    const user = { id: actor.id, name: actor.userName ?? actor.id, roles: actor.roles };
    const known = { action: 'auth.logout', tenant, user, issuer, sessionId, deviceId, trust } as const;
    await this.record.write({ ...known, result: 'allowed', reason: 'asked to' }, from);
    await this.sessions.end({ tenant, id: sessionId }, 'logged out');
  }

  private async unknownToken(from: Origin): Promise<MeshError> {
    const reason = 'the refresh token is unknown';
    const entry = { action: 'auth.refresh', tenant: DEFAULT_TENANT, result: 'denied', reason } as const;
    if (this.seldom.isDue(from.address)) await this.record.write(entry, from);
    return new MeshError('unauthenticated', reason, { hint: 'sign in again' });
  }
}
