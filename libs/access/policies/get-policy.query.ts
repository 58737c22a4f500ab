import type { IQueryHandler } from '@nestjs/cqrs';
import type { PolicyDocument } from '#policy';
import { GuardedQueryHandler } from '../guarded-handler.decorator.js';
import { GuardedQuery } from '../guarded.request.js';
import { Policies } from './policies.js';

/** The tenant's own layer, its version, and the hash of all layers together, as the audit names it. */
export type PolicyView = Readonly<{ policy: PolicyDocument; version: number; policyHash: string }>;

export class GetPolicy extends GuardedQuery<PolicyView> {}

@GuardedQueryHandler(GetPolicy, () => ({ permissions: ['config:read'], action: 'policy.read' }))
export class GetPolicyHandler implements IQueryHandler<GetPolicy> {
  constructor(private readonly policies: Policies) {}

  async execute({ scope: { tenant } }: GetPolicy): Promise<PolicyView> {
    const { document, version } = await this.policies.read(tenant);
    return { policy: document, version, policyHash: (await this.policies.of(tenant)).hash };
  }
}
