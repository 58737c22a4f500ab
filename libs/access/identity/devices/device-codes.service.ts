import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import { MeshError } from '#errors';
import { IdentitySql } from '../identity-sql.service.js';
import type { Sql } from '../identity-sql.service.js';
import { deviceCodeKey, networkOf, waitingDeviceKey } from '../passwords/throttle-keys.js';
import { Throttle } from '../passwords/throttle.service.js';
import type { SignedIn } from '../sessions/session-tokens.service.js';
import { Arrivals } from '../sign-in/arrivals.service.js';
import type { Origin } from '../sign-in/origin.js';
import { hashOf, newToken } from '../tokens.js';
import { rolesInBoth, rolesOf } from '../users/user.js';
import { Users } from '../users/users.service.js';
import { newUserCode, userCodeOf } from './user-code.js';

/** What a device without a browser shows, and what it asks with (RFC 8628 §3.2). */
export type DeviceCode = Readonly<{
  deviceCode: string;
  userCode: string;
  intervalSeconds: number;
  expiresInSeconds: number;
}>;

/** Who looks at a code that a device shows. */
export type Approver = Readonly<{ tenant: string; userId: string; issuer: string; roles: readonly string[] }>;

/** What a device hears when it asks (RFC 8628 §3.5). */
export type Polled = Readonly<
  | { state: 'authorization_pending' | 'slow_down' | 'expired_token' | 'access_denied' | 'invalid_grant' }
  | { state: 'approved'; tokens: SignedIn }
>;

type Row = Readonly<{
  hash: string;
  user_code: string;
  client: string;
  jkt: string | null;
  expires_at: Date;
  interval_seconds: number;
  polled_at: Date | null;
  tenant: string;
  user_id: string;
  issuer: string;
  roles: string;
  decided: 'approved' | 'denied' | null;
}>;

const LIFE_SECONDS = 600;
const INTERVAL_SECONDS = 5;
const SLOWER_SECONDS = 5;
const MAX_WAITING = 10_000;
const MAX_WAITING_OF_ADDRESS = 50;

/** Signing in on a device by approving it on another. */
@Injectable()
export class DeviceCodes {
  constructor(
    private readonly sql: IdentitySql,
    private readonly users: Users,
    private readonly arrivals: Arrivals,
    private readonly throttle: Throttle,
    private readonly clock: Clock,
  ) {}

  /**
   * @param client what the device calls itself, shown to whoever approves
   * @param from tokens are given to its key alone, if it has one
   * @throws {MeshError} `rate_limited` if too many were asked for from this address, or too many wait to be approved
   */
  async start(client: string, from: Origin): Promise<DeviceCode> {
    await this.throttle.admit(waitingDeviceKey(from.address));
    const now = this.clock.now();
    const [deviceCode, userCode] = [newToken('device'), newUserCode()];
    const expiresAt = new Date(now.getTime() + LIFE_SECONDS * 1_000);
    const stored = await this.sql.rows(
      START,
      hashOf(deviceCode),
      userCode,
      client,
      from.key ?? null,
      expiresAt,
      INTERVAL_SECONDS,
      networkOf(from.address),
      now,
      MAX_WAITING,
      MAX_WAITING_OF_ADDRESS,
    );
    if (stored.length === 0)
      throw new MeshError('rate_limited', 'too many devices wait to be approved', {
        hint: 'approve those that wait: a code that nobody approves is given up after ten minutes',
        retryAfterSeconds: 5,
      });
    return { deviceCode, userCode, intervalSeconds: INTERVAL_SECONDS, expiresInSeconds: LIFE_SECONDS };
  }

  /** The client that shows this code. @throws {MeshError} `not_found`; `rate_limited` after too many guesses */
  async clientOf(typed: string, userId: string): Promise<string> {
    return this.guarded(userId, async () => {
      const text = `select client from device_code where user_code = $1 and expires_at > $2 and decided is null`;
      const [row] = await this.sql.rows<{ client: string }>(text, userCodeOf(typed), this.clock.now());
      return row?.client;
    });
  }

  /** Decides once. @returns the client @throws {MeshError} `not_found`; `rate_limited` after too many guesses */
  async decide(typed: string, by: Approver, approved: boolean): Promise<string> {
    return this.guarded(by.userId, async () => {
      const [row] = await this.sql.rows<{ client: string }>(
        `update device_code set tenant = $3, user_id = $4, issuer = $5, roles = $6, decided = $7
         where user_code = $1 and expires_at > $2 and decided is null returning client`,
        userCodeOf(typed),
        this.clock.now(),
        by.tenant,
        by.userId,
        by.issuer,
        JSON.stringify(by.roles),
        approved ? 'approved' : 'denied',
      );
      return row?.client;
    });
  }

  /** What became of a code. Tokens are given once, bound to the key that the code was asked for with. */
  async poll(deviceCode: string, from: Origin): Promise<Polled> {
    const answer = await this.sql.transaction((tx) => this.pollIn(tx, hashOf(deviceCode), from));
    return 'user_id' in answer ? this.letIn(answer, from) : answer;
  }

  private async letIn({ tenant, user_id, issuer, roles, client }: Row, from: Origin): Promise<Polled> {
    const user = await this.users.find(tenant, user_id);
    if (!user || user.disabledAt !== undefined) return { state: 'access_denied' };
    const reason = `approved for ${client}`;
    const arrival = { action: 'auth.device', user, issuer, reason } as const;
    const tokens = await this.arrivals.letIn(
      { ...arrival, roles: rolesInBoth(rolesOf(roles), user.roles) },
      from,
    );
    return { state: 'approved', tokens };
  }

  private async pollIn(tx: Sql, hash: string, { key }: Origin): Promise<Row | Polled> {
    const [row] = await tx.rows<Row>(`select * from device_code where hash = $1 for update`, hash);
    const now = this.clock.now();
    if (!row || (row.jkt !== null && row.jkt !== key)) return { state: 'invalid_grant' };
    if (row.expires_at <= now) return { state: 'expired_token' };
    if (row.decided !== null) {
      await tx.rows(`delete from device_code where hash = $1`, hash);
      return row.decided === 'approved' ? row : { state: 'access_denied' };
    }
    const tooSoon =
      row.polled_at !== null && now.getTime() - row.polled_at.getTime() < row.interval_seconds * 1_000;
    const text = `update device_code set polled_at = $2, interval_seconds = interval_seconds + $3 where hash = $1`;
    await tx.rows(text, hash, now, tooSoon ? SLOWER_SECONDS : 0);
    return { state: tooSoon ? 'slow_down' : 'authorization_pending' };
  }

  private async guarded(userId: string, find: () => Promise<string | undefined>): Promise<string> {
    const key = deviceCodeKey(userId);
    await this.throttle.admit(key);
    const client = await find();
    if (client === undefined)
      throw new MeshError('not_found', 'no device shows this code', {
        field: 'userCode',
        hint: 'codes last ten minutes: have the device show a new one',
      });
    await this.throttle.withdrawn(key);
    return client;
  }
}

const START = `
  with waiting as (select network from device_code where expires_at > $8 and decided is null)
  insert into device_code (hash, user_code, client, jkt, expires_at, interval_seconds, network)
  select $1, $2, $3, $4, $5, $6, $7
  where (select count(*) from waiting) < $9 and (select count(*) from waiting where network = $7) < $10
  on conflict do nothing returning hash`;
