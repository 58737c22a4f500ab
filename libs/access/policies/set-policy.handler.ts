import type { ICommandHandler } from '@nestjs/cqrs';
import { MeshError } from '#errors';
import { judge } from '#policy';
import type { PolicyDocument } from '#policy';
import { askedBy } from '../asked.js';
import { GuardedHandler } from '../guarded-handler.decorator.js';
import { GuardedCommand } from '../guarded.request.js';
import type { PolicyView } from './get-policy.query.js';
import { Policies } from './policies.js';

/** Replaces the tenant's own layer. `expected` is the version it was read at; none replaces any. */
export class SetPolicy extends GuardedCommand<PolicyView> {
  constructor(
    readonly policy: PolicyDocument,
    readonly expected?: number,
  ) {
    super();
  }
}

@GuardedHandler(SetPolicy, () => ({
  permissions: ['config:write'],
  recorded: true,
  about: { type: 'policy', id: 'tenant' },
  action: 'policy.change',
}))
export class SetPolicyHandler implements ICommandHandler<SetPolicy> {
  constructor(private readonly policies: Policies) {}

  /** @throws {MeshError} `illegal_transition` for a policy that shuts out who writes it; `version_conflict` */
  async execute({ policy, expected, cause: { actor } }: SetPolicy): Promise<PolicyView> {
    const next = this.policies.with(policy);
    const after = judge(next, { ...askedBy(actor), permissions: ['config:write'] });
    if (!after.allowed) {
      throw new MeshError(
        'illegal_transition',
        `under this policy you could not change it again: ${after.reason}`,
        { field: after.rule, hint: 'let yourself in, or have somebody write it whom it lets in' },
      );
    }
    const version = await this.policies.write(actor.tenant, policy, { userId: actor.id, expected });
    return { policy, version, policyHash: next.hash };
  }
}
