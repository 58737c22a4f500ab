import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT } from '#contract';
import { accountKey } from '../passwords/throttle-keys.js';
import { Throttle } from '../passwords/throttle.service.js';
import { FirstAdmin } from '../users/first-admin.service.js';
import { UserPasswords } from '../users/user-passwords.service.js';
import type { User } from '../users/user.js';
import type { Origin } from './origin.js';
import { SignInRecord } from './sign-in-record.service.js';

/** What one-time tokens are good for: to make the first admin, and to set a password anew. */
@Injectable()
export class OneTimeSignIn {
  constructor(
    private readonly firstAdmin: FirstAdmin,
    private readonly passwords: UserPasswords,
    private readonly throttle: Throttle,
    private readonly record: SignInRecord,
  ) {}

  /** Makes the first admin. @throws {MeshError} as `FirstAdmin.createWith` */
  async setup(token: string, name: string, password: string, from: Origin): Promise<User> {
    await this.firstAdmin.check(token);
    const entry = { action: 'auth.setup', tenant: DEFAULT_TENANT, result: 'allowed' } as const;
    await this.record.write({ ...entry, reason: 'one-time token of the server' }, from);
    return this.firstAdmin.createWith(token, name, password);
  }

  /** Sets a password with the token that an admin had made. @throws {MeshError} as `UserPasswords.reset` */
  async resetPassword(token: string, password: string, from: Origin): Promise<User> {
    const user = await this.passwords.userOfReset(token);
    const { tenant, name } = user;
    const entry = { action: 'auth.reset', tenant, user, result: 'allowed' } as const;
    await this.record.write({ ...entry, reason: 'one-time token of an admin' }, from);
    await this.passwords.reset(token, password);
    await this.throttle.succeeded(accountKey(tenant, name)); // who guessed before guessed at another password
    return user;
  }
}
