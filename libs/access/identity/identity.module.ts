import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Policies } from '../policies/policies.js';
import { RequestLimits } from '../request-limits.js';
import { AccessChanges } from './access-changes.service.js';
import { DeviceRules } from './devices/device-rules.service.js';
import { DeviceCodes } from './devices/device-codes.service.js';
import { Devices } from './devices/devices.service.js';
import { identityHandlers } from './identity-handlers.js';
import { Callers } from './callers.service.js';
import { IdentitySql } from './identity-sql.service.js';
import { MachineTokens } from './machine-tokens/machine-tokens.service.js';
import { SessionMemory } from './memory/session-memory.service.js';
import { Passwords } from './passwords/passwords.service.js';
import { Throttle } from './passwords/throttle.service.js';
import { Authenticator } from './sessions/authenticator.js';
import { LastUse } from './sessions/last-use.service.js';
import { AuthenticatorSources, PostgresAuthenticator } from './sessions/postgres.authenticator.js';
import { SessionEnds } from './sessions/session-ends.service.js';
import { SessionLimits } from './sessions/session-limits.js';
import { SessionTokens } from './sessions/session-tokens.service.js';
import { SessionWatch, SessionWatchSources } from './sessions/session-watch.service.js';
import { Sessions } from './sessions/sessions.service.js';
import { Arrivals } from './sign-in/arrivals.service.js';
import { OneTimeSignIn } from './sign-in/one-time-sign-in.service.js';
import { PasswordCheck } from './sign-in/password-check.service.js';
import { SessionRenewal } from './sign-in/session-renewal.service.js';
import { SignInRecord } from './sign-in/sign-in-record.service.js';
import { SignInCodes } from './sign-in/sign-in-codes.service.js';
import { SignIn, SignInSources } from './sign-in/sign-in.service.js';
import { RequestLimiter } from './tenants/request-limiter.service.js';
import { TenantLimits } from './tenants/tenant-limits.service.js';
import { Tenants } from './tenants/tenants.service.js';
import { FirstAdmin } from './users/first-admin.service.js';
import { IdentityLinks } from './users/identity-links.service.js';
import { UserPasswords } from './users/user-passwords.service.js';
import { Users } from './users/users.service.js';

const SERVICES = [
  IdentitySql,
  AccessChanges,
  Passwords,
  Throttle,
  Users,
  UserPasswords,
  FirstAdmin,
  IdentityLinks,
  Sessions,
  SessionTokens,
  SessionEnds,
  SessionWatch,
  Devices,
  DeviceRules,
  SignIn,
  SessionRenewal,
  SignInCodes,
  OneTimeSignIn,
  Arrivals,
  MachineTokens,
  DeviceCodes,
  SessionMemory,
  Tenants,
  TenantLimits,
  RequestLimiter,
];

const INSIDE = [
  Callers,
  PasswordCheck,
  SignInRecord,
  SignInSources,
  LastUse,
  AuthenticatorSources,
  PostgresAuthenticator,
  SessionWatchSources,
];

export type IdentityOptions = Readonly<{
  /** How long sessions and tokens live. @default as `SessionLimits` says */
  limits?: Partial<SessionLimits> | undefined;
  /** Who is asked before the tables are: the local user's own token is in none. */
  before?: ((tables: Authenticator, policies: Policies) => Authenticator) | undefined;
}>;

/**
 * People, their sessions, devices and tokens. It takes what the app provides: `DataSource`, `EventStore`, `Bus`, `Clock`,
 * `Logger`, `Policies` and `ProofVerifier`.
 */
@Module({})
export class IdentityModule {
  static with({ limits, before = (tables) => tables }: IdentityOptions = {}): DynamicModule {
    return {
      module: IdentityModule,
      global: true,
      providers: [
        ...SERVICES,
        ...INSIDE,
        ...identityHandlers,
        { provide: RequestLimits, useExisting: RequestLimiter },
        { provide: SessionLimits, useValue: new SessionLimits(limits) },
        { provide: Authenticator, useFactory: before, inject: [PostgresAuthenticator, Policies] },
      ],
      exports: [...SERVICES, Callers, RequestLimits, SessionLimits, Authenticator],
    };
  }
}
