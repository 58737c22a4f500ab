import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import type { Actor } from '#contract';
import { MeshError } from '#errors';
import { RequestLimits } from '../../request-limits.js';
import { TenantLimits } from './tenant-limits.service.js';
import { TokenBuckets } from './token-buckets.js';

/** Keeps each user to the requests a minute that their tenant allows, in this process. */
@Injectable()
export class RequestLimiter extends RequestLimits {
  private readonly buckets = new TokenBuckets();

  constructor(
    private readonly limits: TenantLimits,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** @throws {MeshError} `rate_limited` with the time to wait; `unavailable` if the limits cannot be read */
  override async take({ kind, tenant, id }: Actor): Promise<void> {
    if (kind !== 'user') return;
    const { requestsPerMinute } = await this.limits.of(tenant);
    if (requestsPerMinute === undefined) return;
    const waitMs = this.buckets.take(`${tenant}/${id}`, requestsPerMinute, this.clock.monotonicMs());
    if (waitMs === 0) return;
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
    throw new MeshError('rate_limited', `more than ${requestsPerMinute} requests a minute`, {
      retryAfterSeconds,
    });
  }
}
