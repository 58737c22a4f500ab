import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Clock } from '#contract';
import type { Actor } from '#contract';
import { AccessChanges } from '../access-changes.service.js';
import { DeviceRules } from '../devices/device-rules.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import { hashOf } from '../tokens.js';
import { Authenticator } from './authenticator.js';
import type { Presented, VerifyProof } from './authenticator.js';
import { tokenOf } from './authorization-header.js';
import type { PresentedToken } from './authorization-header.js';
import { HolderCache } from './holder-cache.js';
import { LastUse } from './last-use.service.js';
import { actorOf, refuseUseless, refused } from './token-holder.js';
import type { TokenHolder } from './token-holder.js';

/** Says how a DPoP proof is verified. */
export abstract class ProofVerifier {
  abstract readonly verify: VerifyProof;
}

/** What the authenticator hears of and goes by. */
@Injectable()
export class AuthenticatorSources {
  constructor(
    readonly changes: AccessChanges,
    readonly clock: Clock,
  ) {}
}

/** Looks tokens up by their hash, with session, user and device in one query. */
@Injectable()
export class PostgresAuthenticator extends Authenticator implements OnModuleDestroy {
  private readonly holders: HolderCache;
  private readonly stop: () => void;

  constructor(
    private readonly sql: IdentitySql,
    private readonly lastUse: LastUse,
    private readonly rules: DeviceRules,
    private readonly proofs: ProofVerifier,
    { changes, clock }: AuthenticatorSources,
  ) {
    super();
    this.clock = clock;
    this.holders = new HolderCache(clock);
    this.stop = changes.listen((change) => this.holders.drop(change));
  }

  private readonly clock: Clock;

  override async authenticate(presented: Presented): Promise<Actor> {
    const asked = tokenOf(presented.authorization);
    const hash = hashOf(asked.token);
    const holder = await this.holders.get(hash, () => this.find(hash, asked.kind === 'machine'));
    if (!holder) throw refused('the token is unknown');
    const now = this.clock.now();
    refuseUseless(holder, now);
    await this.checkProof(holder, asked, presented);
    const rule = await this.rules.of(holder.tenant, now);
    this.lastUse.note(holder, rule);
    return actorOf(holder, presented.local, rule);
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private async find(hash: string, isMachine: boolean): Promise<TokenHolder | undefined> {
    const [holder] = await this.sql.rows<TokenHolder>(isMachine ? MACHINE : ACCESS, hash);
    return holder;
  }

  private async checkProof(
    { jkt }: TokenHolder,
    { token, scheme }: PresentedToken,
    { proof, method, url }: Presented,
  ): Promise<void> {
    if (jkt === null && scheme === 'bearer') return;
    if (jkt === null)
      throw refused('the token is bound to no key', 'send it as "Authorization: Bearer <token>"');
    if (scheme === 'bearer' || proof === undefined)
      throw refused(
        'the token is bound to a key, and no proof came with it',
        'send it as "Authorization: DPoP <token>" with a DPoP header signed by that key',
      );
    await this.proofs.verify(proof, { method, url, accessToken: token, expectedJkt: jkt });
  }
}

const HOLDER = `s.id as session_id, s.tenant, s.user_id, s.issuer, s.roles, s.expires_at, s.ended_at, s.end_reason,
  u.name, u.roles as user_roles, u.disabled_at, t.jkt, d.id as device_id, d.trust, d.last_seen_at`;

const JOINED = `join app_user u on u.id = s.user_id and u.tenant = s.tenant
  left join device d on d.tenant = s.tenant and d.user_id = s.user_id and d.jkt = t.jkt and d.revoked_at is null
  where t.hash = $1`;

const ACCESS = `select ${HOLDER}, t.expires_at as token_expires_at, null as scope
  from access_token t join session s on s.id = t.session_id ${JOINED}`;

const MACHINE = `select ${HOLDER}, s.expires_at as token_expires_at, t.scope
  from machine_token t join session s on s.id = t.id::text ${JOINED}`;
