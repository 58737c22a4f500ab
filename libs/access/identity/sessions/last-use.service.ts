import { Injectable } from '@nestjs/common';
import { Clock, Logger } from '#contract';
import { messageOf } from '#errors';
import { DeviceRules } from '../devices/device-rules.js';
import { unseenSince } from '../devices/device.js';
import { IdentitySql } from '../identity-sql.service.js';
import type { TokenHolder } from './token-holder.js';

const EVERY_MS = 60_000;
const MAX_KNOWN = 10_000;

/** Notes when devices and machine tokens were used last, at most once a minute each, and without keeping anybody waiting. */
@Injectable()
export class LastUse {
  private readonly noted = new Map<string, number>();

  constructor(
    private readonly sql: IdentitySql,
    private readonly rules: DeviceRules,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  note({ tenant, session_id, issuer, device_id }: TokenHolder): void {
    const now = this.clock.now();
    if (device_id !== null) {
      const unseenBefore = unseenSince(now, this.rules.maxUnseenDays(tenant));
      this.atMostOnceAMinute(device_id, SEEN, now, unseenBefore);
    }
    if (issuer === 'token') this.atMostOnceAMinute(session_id, USED, now);
  }

  private atMostOnceAMinute(id: string, text: string, ...values: readonly unknown[]): void {
    const now = this.clock.monotonicMs();
    if (now - (this.noted.get(id) ?? -Infinity) < EVERY_MS) return;
    if (this.noted.size >= MAX_KNOWN) this.noted.clear();
    this.noted.set(id, now);
    this.sql.rows(text, id, ...values).catch((error: unknown) => {
      this.noted.delete(id);
      this.logger.warn('could not note the last use', { id, reason: messageOf(error) });
    });
  }
}

/** In one statement: a device that was away for too long does not pass for one that was not. */
const SEEN = `update device set last_seen_at = $2,
  trust = case when last_seen_at < $3 then 'untrusted' else trust end where id = $1`;

const USED = `update machine_token set last_used_at = $2 where id = $1`;
