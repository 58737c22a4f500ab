import type { IQueryHandler } from '@nestjs/cqrs';
import type { Actor } from '#contract';
import { PERMISSIONS } from '#policy';
import type { Permission } from '#policy';
import { GuardedQueryHandler } from '../guarded-handler.decorator.js';
import { GuardedQuery } from '../guarded.request.js';
import { grantsOf } from '../sight.js';
import { Policies } from './policies.js';

/** Who the caller is to the server, and what they are granted; whether a policy lets them use it depends on what for. */
export type Me = Readonly<{ userId: string; permissions: readonly Permission[] }> &
  Pick<Actor, 'userName' | 'issuer' | 'roles' | 'trust' | 'tenant' | 'sessionId' | 'deviceId'>;

export class GetMe extends GuardedQuery<Me> {}

@GuardedQueryHandler(GetMe, () => ({ permissions: [], action: 'me.read' }))
export class GetMeHandler implements IQueryHandler<GetMe> {
  constructor(private readonly policies: Policies) {}

  async execute({ scope: { actor } }: GetMe): Promise<Me> {
    const { id: userId, userName, issuer, roles, trust, tenant, sessionId, deviceId } = actor;
    const permissions = PERMISSIONS.filter(grantsOf(await this.policies.of(tenant), actor));
    return { userId, userName, issuer, roles, permissions, trust, tenant, sessionId, deviceId };
  }
}
