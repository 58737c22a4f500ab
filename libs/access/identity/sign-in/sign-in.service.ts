import { Injectable } from '@nestjs/common';
import { Clock, DEFAULT_TENANT } from '#contract';
import { MeshError } from '#errors';
import type { IdentityProvider } from '#policy';
import { Policies } from '../../policies/policies.js';
import type { Profile, ProviderKind } from '../../sign-in/profile.js';
import { Seldom } from '../seldom.js';
import type { SignedIn } from '../sessions/session-tokens.service.js';
import { IdentityLinks } from '../users/identity-links.service.js';
import type { User } from '../users/user.js';
import { Arrivals } from './arrivals.service.js';
import type { Arrival } from './arrivals.service.js';
import type { Origin, SignInAction } from './origin.js';
import { PasswordCheck } from './password-check.service.js';
import { SignInRecord } from './sign-in-record.service.js';

/** What every way in may ask for. */
type Wishes = Pick<Arrival, 'resume' | 'roles' | 'ttlMs' | 'refreshable'>;

/** A name, a password, and what session they are for. */
export type LocalSignIn = Readonly<{ name: string; password: string; tenant?: string | undefined }> & Wishes;

/** Whom a provider vouched for, and what somebody new becomes. */
export type ProfileSignIn = Readonly<{
  kind: ProviderKind;
  profile: Profile;
  tenant: string;
  defaultRoles: readonly string[];
}> &
  Wishes;

/** A job whose token matched a rule of the configuration. */
export type CiSignIn = Readonly<{
  issuer: string;
  subject: string;
  /** The rule's name. */
  rule: string;
  tenant: string;
  roles: readonly string[];
  /** When the job's own token is over. */
  expiresAt: Date;
}>;

const MAX_CI_MS = 15 * 60_000;
const RECORD_EVERY_MS = 1_000;

/** What signing in goes by. */
@Injectable()
export class SignInSources {
  constructor(
    readonly policies: Policies,
    readonly clock: Clock,
  ) {}
}

/** The ways in: by password, by an identity provider, by a CI job's token. Each attempt is recorded. */
@Injectable()
export class SignIn {
  private readonly seldom: Seldom;

  constructor(
    private readonly passwords: PasswordCheck,
    private readonly links: IdentityLinks,
    private readonly arrivals: Arrivals,
    private readonly record: SignInRecord,
    { policies, clock }: SignInSources,
  ) {
    this.policies = policies;
    this.clock = clock;
    this.seldom = new Seldom(RECORD_EVERY_MS, clock);
  }

  private readonly policies: Policies;
  private readonly clock: Clock;

  /** @throws {MeshError} `unauthenticated`, the same whatever was wrong; `rate_limited` after too many failures */
  async local(
    { name, password, tenant = DEFAULT_TENANT, ...wishes }: LocalSignIn,
    from: Origin,
  ): Promise<SignedIn> {
    await this.refuseProvider('local', tenant, from);
    const checked = await this.passwords.check({ tenant, name, password }, from);
    const known = { action: 'auth.local', tenant, issuer: 'local' } as const;
    if ('refusal' in checked) {
      const { user, refusal, reason, throttled } = checked;
      // Refusals that cost an attacker nothing would fill the audit: one a second of each account tells the same.
      if (!throttled || this.seldom.isDue(`${tenant}/${name.toLowerCase()}`))
        await this.record.write({ ...known, user, result: 'denied', reason }, from);
      throw refusal;
    }
    const { user } = checked;
    await this.refuseDisabled(user, known, from);
    return this.arrivals.letIn({ ...wishes, ...known, user, reason: 'name and password' }, from);
  }

  /** Somebody new becomes a user with the default roles. @throws {MeshError} `access_denied` | `unauthenticated` */
  async byProfile(
    { kind, profile, tenant, defaultRoles, ...wishes }: ProfileSignIn,
    from: Origin,
  ): Promise<SignedIn> {
    await this.refuseProvider(kind, tenant, from);
    const { issuer } = profile;
    const reason = `vouched for by ${issuer}`;
    if (!(await this.links.find(profile, tenant)))
      await this.record.write({ action: 'user.create', tenant, issuer, result: 'allowed', reason }, from);
    const user = await this.links.userOf(profile, { tenant, defaultRoles });
    const known = { action: `auth.${kind}`, tenant, issuer } as const;
    await this.refuseDisabled(user, known, from);
    return this.arrivals.letIn({ ...wishes, ...known, user, reason }, from);
  }

  /** A quarter of an hour at most, and nothing of it is left when it ends. */
  async byCiJob(
    { issuer, subject, rule, tenant, roles, expiresAt }: CiSignIn,
    from: Origin,
  ): Promise<SignedIn> {
    const known = { action: 'auth.ci', tenant, issuer } as const;
    const ttlMs = Math.min(MAX_CI_MS, expiresAt.getTime() - this.clock.now().getTime());
    if (ttlMs <= 0) throw new MeshError('unauthenticated', "the job's token has expired");
    const who = { issuer, subject: `${subject} by ${rule}` };
    const reason = `rule ${rule} for ${subject}`;
    if (!(await this.links.find(who, tenant)))
      await this.record.write({ ...known, action: 'user.create', result: 'allowed', reason }, from);
    const user = await this.links.ruled(who, { name: `ci-${rule}`, tenant, roles });
    await this.refuseDisabled(user, known, from);
    return this.arrivals.letIn(
      { ...known, user, reason, ttlMs, cancelOnEnd: true, refreshable: false },
      from,
    );
  }

  private async refuseDisabled(
    user: User,
    known: Readonly<{ action: SignInAction; tenant: string; issuer: string }>,
    from: Origin,
  ): Promise<void> {
    if (user.disabledAt === undefined) return;
    const reason = 'the account is disabled';
    await this.record.write({ ...known, user, result: 'denied', reason }, from);
    throw new MeshError('unauthenticated', reason, { hint: 'ask an admin' });
  }

  /** `identity.providers` of the policy. */
  private async refuseProvider(kind: IdentityProvider, tenant: string, from: Origin): Promise<void> {
    const { identityProviders: allowed } = await this.policies.of(tenant);
    if (!allowed || allowed.has(kind)) return;
    const reason = `the policy of ${tenant} does not let anybody sign in by ${kind}`;
    if (this.seldom.isDue(`${tenant} ${kind}`))
      await this.record.write({ action: `auth.${kind}`, tenant, result: 'denied', reason }, from);
    throw new MeshError('access_denied', reason, {
      hint: `sign in by: ${[...allowed].join(', ') || 'nothing'}`,
    });
  }
}
