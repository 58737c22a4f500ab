import { createHash, timingSafeEqual } from 'node:crypto';
import { Authenticator } from '#access';
import type { Policies, Presented } from '#access';
import type { Actor } from '#contract';
import { localActor } from './local-actor.js';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

export type LocalDoor = Readonly<{
  /** The token of the data folder's file. */
  token: string;
  /** False: who comes without a token is the local user as well. */
  requireAuth: boolean;
}>;

/**
 * Knows the one user of a local-only server by the token in their data folder; everybody else is looked up. The same
 * user over the Unix socket is trusted where the policy says so: over loopback it may be anybody's program.
 */
export class LocalAuthenticator extends Authenticator {
  private readonly hash: Buffer;

  private readonly actor = localActor(); // asks the system who that is: once, not for every request

  constructor(
    private readonly door: LocalDoor,
    private readonly policies: Policies,
    private readonly tables: Authenticator,
  ) {
    super();
    this.hash = sha256(door.token);
  }

  override async authenticate(presented: Presented): Promise<Actor> {
    if (!this.isLocalUser(presented.authorization)) return this.tables.authenticate(presented);
    const { actor } = this;
    const { deviceTrust } = await this.policies.of(actor.tenant);
    const isTrusted = presented.local && deviceTrust.autoTrustLocal;
    return { ...actor, trust: isTrusted ? 'trusted' : 'untrusted' };
  }

  private isLocalUser(authorization: string | undefined): boolean {
    if (authorization === undefined) return !this.door.requireAuth;
    const [, token = ''] = /^Bearer (\S+)$/i.exec(authorization) ?? [];
    return timingSafeEqual(sha256(token), this.hash);
  }
}
