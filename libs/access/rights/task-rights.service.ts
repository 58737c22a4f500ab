import { Injectable } from '@nestjs/common';
import { Clock, approvalKeyOf, uuidv7 } from '#contract';
import type { AuditEntry } from '#contract';
import type { Stored } from '#event-store';
import { denied, judge, repositoryRefusal } from '#policy';
import type { Asked, CompiledPolicy, Verdict } from '#policy';
import { AgentRegistry } from '#registry';
import type { AgentFacts } from '#registry';
import { Policies } from '../policies/policies.js';
import { presentRights } from './present-rights.js';
import type { Rights } from './present-rights.js';
import { Subjects } from './subjects.js';

/** What a running task is judged for: to be given to a worker, with what it works on, or one use of a skill. */
export type RightAsked = Readonly<{
  skillId?: string | undefined;
  /** Which use of it: an approval is given for one. @default the skill's id */
  key?: string | undefined;
}>;

const NOBODY: Rights = { roles: [], trust: 'untrusted' };

/**
 * The rights of a task while it runs: what its submitter had when they asked and still has, what its agent declares, and
 * what the policy says now.
 */
@Injectable()
export class TaskRights {
  constructor(
    private readonly policies: Policies,
    private readonly subjects: Subjects,
    private readonly agents: AgentRegistry,
    private readonly clock: Clock,
  ) {}

  /**
   * May the task go on? Judged by the same evaluator as every request.
   *
   * @returns the verdict, and the record of it under the submitter's name
   * @throws {MeshError} `unavailable`
   */
  async judge(
    stored: Stored,
    { skillId, key = skillId }: RightAsked = {},
  ): Promise<Readonly<{ verdict: Verdict; record: AuditEntry }>> {
    const { tenant, task } = stored;
    const { submitter, ownerId } = task;
    const [policy, subject] = await Promise.all([
      this.policies.of(tenant),
      this.subjects.of(tenant, ownerId, submitter?.deviceId),
    ]);
    const rights = subject ? presentRights(task.submitter, subject) : NOBODY;
    const facts = this.agents.policyFacts(task.agentId);
    const verdict = !subject
      ? denied(policy, { rule: 'owner', reason: `${ownerId} is unknown or disabled` })
      : this.verdictOf(policy, stored, { rights, facts, skillId, key });
    return { verdict, record: this.recordOf(stored, rights, { verdict, skillId }) };
  }

  private verdictOf(
    policy: CompiledPolicy,
    { task }: Stored,
    { rights, facts, skillId, key }: RightAsked & { rights: Rights; facts: AgentFacts },
  ): Verdict {
    const skills = skillId === undefined ? facts.skills : usedOf(facts, skillId);
    if (skillId !== undefined && skills.length === 0)
      return denied(policy, {
        rule: `agent.skills[${facts.agentId}]`,
        reason: `${facts.agentId} does not declare the skill ${skillId}`,
      });
    const verdict = judge(policy, askedFor(task, { rights, agentId: facts.agentId, skills }));
    if (skillId === undefined)
      return verdict.allowed ? (withoutRepository(policy, task) ?? verdict) : verdict;
    if (!verdict.needsApproval || isApproved(task, { skillId, key })) return verdict;
    return { ...verdict, allowed: false, reason: `somebody must approve this use of ${skillId} first` };
  }

  private recordOf(
    { tenant, taskId, task }: Stored,
    { roles, trust }: Rights,
    { verdict, skillId }: { verdict: Verdict; skillId: string | undefined },
  ): AuditEntry {
    const { allowed, rule, reason, policyHash } = verdict;
    const { userName, issuer, deviceId } = task.submitter ?? {};
    return {
      id: uuidv7(),
      tenant,
      at: this.clock.now().toISOString(),
      actorKind: 'user',
      userId: task.ownerId,
      userName,
      issuer,
      sessionId: task.sessionId,
      deviceId,
      trust,
      roles,
      action: skillId === undefined ? 'task.lease' : 'skill.execute',
      resourceType: 'task',
      resourceId: taskId,
      result: allowed ? 'allowed' : 'denied',
      reason: skillId === undefined ? reason : `${skillId}: ${reason}`,
      rule,
      policyHash,
    };
  }
}

const askedFor = (
  { ownerId, submitter }: Stored['task'],
  { rights, agentId, skills }: AgentFacts & { rights: Rights },
): Asked => ({
  userId: ownerId,
  userName: submitter?.userName,
  roles: rights.roles,
  scope: submitter?.scope,
  trust: rights.trust,
  permissions: ['agent:invoke'],
  agentId,
  skills,
});

/** The denial of what the task is to work on; nothing if it may. */
function withoutRepository(policy: CompiledPolicy, { workspace }: Stored['task']): Verdict | undefined {
  const why = workspace?.repository === undefined ? null : repositoryRefusal(policy, workspace.repository);
  if (why === null) return undefined;
  return denied(policy, { rule: 'workspaces.repositories', reason: `workspace.repository: ${why}` });
}

/** The skill, if the agent declares it; once it is used, nothing about it is optional. */
const usedOf = ({ skills }: AgentFacts, skillId: string): AgentFacts['skills'] =>
  skills.filter(({ id }) => id === skillId).map(({ id, dangerous }) => ({ id, dangerous }));

/** By itself, or with all of the task. */
const isApproved = (
  { requiresApproval, approved = [] }: Stored['task'],
  use: Readonly<{ skillId: string; key: string | undefined }>,
): boolean =>
  requiresApproval === true || approved.includes(approvalKeyOf({ skillId: use.skillId, key: use.key ?? '' }));
