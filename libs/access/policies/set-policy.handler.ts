import type { ICommandHandler } from '@nestjs/cqrs';
import { canonicalJson } from '#contract';
import type { Actor } from '#contract';
import { MeshError } from '#errors';
import { judge } from '#policy';
import type { PolicyDocument } from '#policy';
import { askedBy } from '../asked.js';
import { GuardedHandler } from '../guarded-handler.decorator.js';
import { GuardedCommand } from '../guarded.request.js';
import { grantsOf } from '../sight.js';
import type { PolicyView } from './get-policy.query.js';
import { Policies } from './policies.js';
import { WaysIn, namesNoWay, shutDoor } from './ways-in.js';

/** What of a policy opens something, or says who may come in; the rest only narrows. */
const ADMINS_KEYS = [
  'roles',
  'skillPolicies',
  'identity',
  'allowedRoles',
  'deniedRoles',
  'allowedUsers',
  'deniedUsers',
] as const satisfies readonly (keyof PolicyDocument)[];

const textOf = (value: unknown): string => (value === undefined ? '' : canonicalJson(value));

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
  constructor(
    private readonly policies: Policies,
    private readonly ways: WaysIn,
  ) {}

  /**
   * @throws {MeshError} `access_denied` for what only an admin changes; `illegal_transition` for a policy that shuts out
   *   who writes it, or everybody; `version_conflict`
   */
  async execute({ policy, expected, cause: { actor } }: SetPolicy): Promise<PolicyView> {
    await this.refuseOpening(actor, policy);
    const next = this.policies.with(policy);
    const after = judge(next, askedBy(actor, { permissions: ['config:write'] }));
    if (!after.allowed) {
      throw new MeshError(
        'illegal_transition',
        `under this policy you could not change it again: ${after.reason}`,
        { field: after.rule, hint: 'let yourself in, or have somebody write it whom it lets in' },
      );
    }
    const shut = namesNoWay(policy, this.ways) ?? (await shutDoor(next, actor.tenant, this.ways));
    if (shut) throw shut;
    const version = await this.policies.write(actor.tenant, policy, { userId: actor.id, expected });
    return { policy, version, policyHash: next.hash };
  }

  /** Or whoever may write the policy would write himself what he was not given, and others out. */
  private async refuseOpening(actor: Actor, policy: PolicyDocument): Promise<void> {
    if (grantsOf(await this.policies.of(actor.tenant), actor)('admin:all')) return;
    const { document } = await this.policies.read(actor.tenant);
    const changed = ADMINS_KEYS.filter((key) => textOf(document[key]) !== textOf(policy[key]));
    if (changed.length === 0) return;
    throw new MeshError(
      'access_denied',
      `${changed.join(', ')}: only an admin changes who may come in, and what is opened`,
      {
        field: changed[0] ?? '',
        hint: 'leave these as they are, or ask an admin',
      },
    );
  }
}
