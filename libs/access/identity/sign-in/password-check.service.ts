import { Injectable } from '@nestjs/common';
import { MeshError, isMeshError } from '#errors';
import { Devices } from '../devices/devices.service.js';
import { Passwords } from '../passwords/passwords.service.js';
import { accountKey, addressKey, deviceKey, ownDevicesKey } from '../passwords/throttle-keys.js';
import type { ThrottleKey } from '../passwords/throttle-keys.js';
import { Throttle } from '../passwords/throttle.service.js';
import { UserPasswords } from '../users/user-passwords.service.js';
import type { User } from '../users/user.js';
import { Users } from '../users/users.service.js';
import type { Origin } from './origin.js';

/** What somebody types to sign in. */
export type NameAndPassword = Readonly<{ tenant: string; name: string; password: string }>;

/** Who it is; or why not, for the caller (who learns nothing from it) and for the audit. */
export type Checked = Readonly<
  { user: User } | { user: User | undefined; refusal: MeshError; reason: string; throttled: boolean }
>;

type AtLeastOne = readonly [ThrottleKey, ...(readonly ThrottleKey[])];

/** Compares a password, at a pace that guessing does not bear. */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly users: Users,
    private readonly passwords: Passwords,
    private readonly userPasswords: UserPasswords,
    private readonly devices: Devices,
    private readonly throttle: Throttle,
  ) {}

  /** @throws {MeshError} `rate_limited` if too many sign in at this moment; `unavailable` */
  async check({ tenant, name, password }: NameAndPassword, from: Origin): Promise<Checked> {
    const keys = [...(await this.guessedBy(tenant, name, from)), addressKey(from.address)] as const;
    const refusal = await this.refusedBy(keys);
    if (refusal) return { user: undefined, refusal, reason: 'too many failed attempts', throttled: true };
    const found = await this.users.credentials(tenant, name);
    const stored = found?.passwordHash ?? null;
    const matches = await this.compare(password, stored, keys);
    if (!found || !stored || !matches)
      return { user: found?.user, refusal: wrong(), reason: reasonOf(found), throttled: false };
    await this.throttle.succeeded(...keys);
    if (this.passwords.isOutdated(stored)) await this.userPasswords.rehash(found.user, password, stored);
    return { user: found.user };
  }

  /** One's own device is not held up by what others guess elsewhere, but by what is guessed on it. */
  private async guessedBy(tenant: string, name: string, { key }: Origin): Promise<AtLeastOne> {
    const device = key === undefined ? null : await this.devices.ofAccount(tenant, name, key);
    if (!device || device.trust === 'untrusted') return [accountKey(tenant, name)];
    return [deviceKey(device.id), ownDevicesKey(device.userId)];
  }

  private async refusedBy(keys: AtLeastOne): Promise<MeshError | undefined> {
    try {
      await this.throttle.admit(...keys);
      return undefined;
    } catch (error) {
      if (isMeshError(error, 'rate_limited')) return error;
      throw error;
    }
  }

  private async compare(password: string, stored: string | null, keys: AtLeastOne): Promise<boolean> {
    try {
      return await this.passwords.matches(password, stored);
    } catch (error) {
      await this.throttle.withdrawn(...keys); // nothing was compared, so nothing failed
      throw error;
    }
  }
}

const reasonOf = (found: Readonly<{ passwordHash: string | null }> | null): string =>
  !found ? 'no such user' : found.passwordHash === null ? 'the user has no password' : 'wrong password';

const wrong = () => new MeshError('unauthenticated', 'the name or the password is wrong');
