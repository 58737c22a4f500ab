import { Injectable } from '@nestjs/common';
import { Clock, Logger } from '#contract';
import { messageOf } from '#errors';
import type { DeviceRule } from '../devices/device-rule.js';
import { IdentitySql } from '../identity-sql.service.js';
import { Seldom } from '../seldom.js';
import { TOKEN_ISSUER } from './session.js';
import type { TokenHolder } from './token-holder.js';

const EVERY_MS = 60_000;

/** Notes when devices and machine tokens were used last, at most once a minute each, and without keeping anybody waiting. */
@Injectable()
export class LastUse {
  private readonly seldom: Seldom;

  constructor(
    private readonly sql: IdentitySql,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.seldom = new Seldom(EVERY_MS, clock);
  }

  note({ session_id, issuer, device_id }: TokenHolder, { unseenBefore }: DeviceRule): void {
    const now = this.clock.now();
    if (device_id !== null) this.write(device_id, SEEN, now, unseenBefore);
    if (issuer === TOKEN_ISSUER) this.write(session_id, USED, now);
  }

  private write(id: string, text: string, ...values: readonly unknown[]): void {
    if (!this.seldom.isDue(id)) return;
    this.sql.rows(text, id, ...values).catch((error: unknown) => {
      this.seldom.forget(id);
      this.logger.warn('could not note the last use', { id, reason: messageOf(error) });
    });
  }
}

/** In one statement: a device that was away for too long does not pass for one that was not. */
const SEEN = `update device set last_seen_at = $2,
  trust = case when last_seen_at < $3 then 'untrusted' else trust end where id = $1`;

const USED = `update machine_token set last_used_at = $2 where id = $1`;
