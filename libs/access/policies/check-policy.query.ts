import type { IQueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { TRUST_LEVELS, nameSchema, textSchema } from '#contract';
import { PERMISSIONS, explain } from '#policy';
import type { Explanation } from '#policy';
import { AgentRegistry } from '#registry';
import { askedBy } from '../asked.js';
import { GuardedQueryHandler } from '../guarded-handler.decorator.js';
import { GuardedQuery } from '../guarded.request.js';
import { Policies } from './policies.js';

/** "Would this be allowed, and why": for whoever asks, or for somebody described. */
export const policyCheckSchema = z.strictObject({
  as: z
    .strictObject({
      userId: textSchema(256),
      roles: z.array(nameSchema).max(100),
      trust: z.enum(TRUST_LEVELS).optional(),
    })
    .optional(),
  permissions: z.array(z.enum(PERMISSIONS)).max(PERMISSIONS.length).default([]),
  agentId: nameSchema.optional(),
  skillId: textSchema(256).optional(),
});

export type PolicyCheck = z.output<typeof policyCheckSchema>;

export class CheckPolicy extends GuardedQuery<Explanation> {
  constructor(readonly check: PolicyCheck) {
    super();
  }
}

@GuardedQueryHandler(CheckPolicy, () => ({ permissions: ['config:read'], action: 'policy.check' }))
export class CheckPolicyHandler implements IQueryHandler<CheckPolicy> {
  constructor(
    private readonly policies: Policies,
    private readonly agents: AgentRegistry,
  ) {}

  async execute({ check, scope: { actor, tenant } }: CheckPolicy): Promise<Explanation> {
    const { as, permissions, agentId, skillId } = check;
    const what = {
      permissions,
      ...(agentId === undefined ? {} : this.agents.policyFacts(agentId)),
      ...(skillId === undefined ? {} : { skills: [this.agents.skillFacts(skillId)] }),
    };
    return explain(await this.policies.of(tenant), as ? { ...as, ...what } : askedBy(actor, what));
  }
}
