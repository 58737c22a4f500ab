import { Injectable } from '@nestjs/common';
import { trustOf } from '#policy';
import { Policies } from '../../policies/policies.js';
import type { DeviceRule } from './device-rule.js';

/** Where no layer of the policy says how long a device may be away. */
const DEFAULT_UNSEEN_DAYS = 90;

const DAY_MS = 24 * 60 * 60_000;

/** Asks a tenant's policy about devices. */
@Injectable()
export class DeviceRules {
  constructor(private readonly policies: Policies) {}

  /** @throws {MeshError} `unavailable` if the policy cannot be read */
  async of(tenant: string, now: Date): Promise<DeviceRule> {
    const policy = await this.policies.of(tenant);
    const { maxUnseenDays = DEFAULT_UNSEEN_DAYS, autoTrustLocal } = policy.deviceTrust;
    const deviceTrust = { maxUnseenDays, autoTrustLocal };
    return {
      unseenBefore: new Date(now.getTime() - maxUnseenDays * DAY_MS),
      trustOf: (local, device) => trustOf({ ...policy, deviceTrust }, { local, device }, now),
      autoTrustLocal,
    };
  }
}
