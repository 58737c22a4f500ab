import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Clock } from '#contract';
import type { TrustLevel } from '#contract';
import { Believed } from '../believed.js';
import { AccessChanges } from '../identity/access-changes.service.js';
import { DeviceRules } from '../identity/devices/device-rules.service.js';
import { IdentitySql } from '../identity/identity-sql.service.js';
import { rolesOf } from '../identity/users/user.js';
import { Subjects } from './subjects.js';
import type { Subject } from './subjects.js';

type Row = Readonly<{ roles: string; trust: TrustLevel | null; last_seen_at: Date | null }>;

/** People as the tables have them: a task's rights are asked at each lease and each use of a skill. */
@Injectable()
export class PostgresSubjects extends Subjects implements OnModuleDestroy {
  private readonly believed: Believed<Promise<Subject | null>>;
  private readonly stop: () => void;

  constructor(
    private readonly sql: IdentitySql,
    private readonly rules: DeviceRules,
    private readonly clock: Clock,
    changes: AccessChanges,
  ) {
    super();
    this.believed = new Believed({ now: () => clock.monotonicMs() });
    this.stop = changes.listen(({ users, devices }) => {
      if (users || devices) this.believed.dropAll();
    });
  }

  override of(tenant: string, userId: string, deviceId: string | undefined): Promise<Subject | null> {
    const key = JSON.stringify([tenant, userId, deviceId]);
    return this.believed.get(key) ?? this.believed.keep(key, this.find(tenant, userId, deviceId));
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private async find(tenant: string, userId: string, deviceId: string | undefined): Promise<Subject | null> {
    const [row] = await this.sql.rows<Row>(SUBJECT, tenant, userId, deviceId ?? null);
    if (!row) return null;
    const { roles, trust, last_seen_at: lastSeenAt } = row;
    const rule = await this.rules.of(tenant, this.clock.now());
    return {
      roles: rolesOf(roles),
      ...(trust && lastSeenAt ? { trust: rule.trustOf(false, { trust, lastSeenAt }) } : {}),
    };
  }
}

/** Ids are compared as text: the owner of a task may be no user of these tables, and then no UUID. */
const SUBJECT = `
select u.roles, d.trust, d.last_seen_at from app_user u
  left join device d on d.tenant = u.tenant and d.user_id = u.id and d.id::text = $3::text and d.revoked_at is null
 where u.tenant = $1 and u.id::text = $2 and u.disabled_at is null`;
