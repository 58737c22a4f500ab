import { Injectable } from '@nestjs/common';
import { Clock, isUuid, uuidv7 } from '#contract';
import type { TrustLevel } from '#contract';
import { MeshError } from '#errors';
import { AccessChanges } from '../access-changes.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import type { Sql } from '../identity-sql.service.js';
import { endSessions } from '../sessions/end-sessions.js';
import { DeviceRules } from './device-rules.service.js';
import { deviceOf } from './device.js';
import type { Device, DeviceRow } from './device.js';

/** A device to be, whose key was shown to sign. */
export type Enrolment = Readonly<{
  tenant: string;
  userId: string;
  name: string;
  jwk: Readonly<Record<string, unknown>>;
  /** RFC 7638 thumbprint of `jwk`, as computed by whoever verified the proof. */
  jkt: string;
}>;

const MAX_DEVICES = 100;

/** Devices and what is thought of them. Trust falls by itself; only an admin raises it. */
@Injectable()
export class Devices {
  constructor(
    private readonly sql: IdentitySql,
    private readonly changes: AccessChanges,
    private readonly rules: DeviceRules,
    private readonly clock: Clock,
  ) {}

  /**
   * Enrols a key as `verified`. Repeating it answers the device as it is, and raises nothing.
   *
   * @throws {MeshError} `invalid_request` if the user has too many
   */
  async enroll({ tenant, userId, name, jwk, jkt }: Enrolment): Promise<Device> {
    const now = this.clock.now();
    await this.sql.rows(
      `insert into device (id, tenant, user_id, name, jkt, public_jwk, trust, enrolled_at, last_seen_at)
       select $1, $2, $3, $4, $5, $6, 'verified', $7, $7
       where (select count(*) from device where tenant = $2 and user_id = $3 and revoked_at is null) < $8
       on conflict (tenant, user_id, jkt) where revoked_at is null do nothing`,
      uuidv7(now.getTime()),
      tenant,
      userId,
      name,
      jkt,
      JSON.stringify(jwk),
      now,
      MAX_DEVICES,
    );
    const device = await this.ofKey(tenant, userId, jkt);
    if (!device)
      throw new MeshError('invalid_request', `there are ${MAX_DEVICES} devices already: revoke one first`);
    this.changes.tell({ devices: [device.id], users: [userId] });
    return device;
  }

  /** The device with this key, if the user has enrolled it and nobody revoked it. */
  async ofKey(tenant: string, userId: string, jkt: string): Promise<Device | null> {
    const text = `select * from device where tenant = $1 and user_id = $2 and jkt = $3 and revoked_at is null`;
    const [row] = await this.sql.rows<DeviceRow>(text, tenant, userId, jkt);
    return row ? this.deviceOf(row) : null;
  }

  /** The same of whoever has this name, upper and lower case alike; it takes the same work whether anybody has. */
  async ofAccount(tenant: string, name: string, jkt: string): Promise<Device | null> {
    const [row] = await this.sql.rows<DeviceRow>(
      `select d.* from device d join app_user u on u.id = d.user_id and u.tenant = d.tenant
       where u.tenant = $1 and lower(u.name) = lower($2) and d.jkt = $3 and d.revoked_at is null`,
      tenant,
      name,
      jkt,
    );
    return row ? this.deviceOf(row) : null;
  }

  async find(tenant: string, id: string): Promise<Device | null> {
    const text = `select * from device where tenant = $1 and id = $2 and revoked_at is null`;
    const [row] = isUuid(id) ? await this.sql.rows<DeviceRow>(text, tenant, id) : [];
    return row ? this.deviceOf(row) : null;
  }

  /** Of one user, or of all of the tenant, without those that are revoked. */
  async list(tenant: string, userId?: string): Promise<readonly Device[]> {
    const rows = await this.sql.rows<DeviceRow>(
      `select * from device where tenant = $1 and ($2::uuid is null or user_id = $2) and revoked_at is null
       order by enrolled_at, id limit 1000`,
      tenant,
      userId ?? null,
    );
    const rule = await this.rules.of(tenant, this.clock.now());
    return rows.map((row) => deviceOf(row, rule));
  }

  /** For an admin to say; it counts as having been seen, or the next look would take it back. @throws `not_found` */
  async setTrust(tenant: string, id: string, trust: TrustLevel): Promise<Device> {
    const text = `update device set trust = $3, last_seen_at = $4
      where tenant = $1 and id = $2 and revoked_at is null returning *`;
    const [row] = isUuid(id) ? await this.sql.rows<DeviceRow>(text, tenant, id, trust, this.clock.now()) : [];
    if (!row) throw noDevice(id);
    this.changes.tell({ devices: [id] });
    return this.deviceOf(row);
  }

  /** For a device that is lost: its key counts for nothing, and sessions begun on it end. @throws `not_found` */
  async revoke(tenant: string, id: string): Promise<void> {
    const sessions = await this.sql.transaction((tx) => this.revokeIn(tx, tenant, id));
    this.changes.tell({ devices: [id], sessions });
  }

  /** Writes down which devices have not been seen for too long: they do not rise by being seen again. */
  async fallUnseen(now: Date = this.clock.now()): Promise<void> {
    const tenants = await this.sql.rows<{ tenant: string }>(`select distinct tenant from device`);
    for (const { tenant } of tenants) {
      const { unseenBefore } = await this.rules.of(tenant, now);
      const fallen = await this.sql.rows<{ id: string }>(
        `update device set trust = 'untrusted'
         where tenant = $1 and trust <> 'untrusted' and last_seen_at < $2 returning id`,
        tenant,
        unseenBefore,
      );
      if (fallen.length > 0) this.changes.tell({ devices: fallen.map(({ id }) => id) });
    }
  }

  private async revokeIn(tx: Sql, tenant: string, id: string): Promise<readonly string[]> {
    const now = this.clock.now();
    const text = `update device set revoked_at = $3, trust = 'untrusted'
      where tenant = $1 and id = $2 and revoked_at is null returning id`;
    const [row] = isUuid(id) ? await tx.rows(text, tenant, id, now) : [];
    if (!row) throw noDevice(id);
    return endSessions(tx, { tenant, deviceId: id }, { reason: 'device revoked', now });
  }

  private async deviceOf(row: DeviceRow): Promise<Device> {
    return deviceOf(row, await this.rules.of(row.tenant, this.clock.now()));
  }
}

const noDevice = (id: string) => new MeshError('not_found', `there is no device ${id}`);
