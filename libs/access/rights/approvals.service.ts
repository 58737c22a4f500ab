import { Injectable } from '@nestjs/common';
import { questionOf } from '#contract';
import { EventStore } from '#event-store';
import type { Stored } from '#event-store';
import { approvalRules } from '#policy';
import type { Asked, ToApprove } from '#policy';
import { AgentRegistry } from '#registry';
import { Policies } from '../policies/policies.js';

type Asking = Pick<Stored['task'], 'agentId'>;

/** What somebody is about to answer: only that, whatever the task asks by the time the answer arrives. */
export type Answering = Readonly<{ question: string; approves?: Asked['approves'] }>;

/** What approving means: of which agent and skills, for whom, and how long there is. */
@Injectable()
export class Approvals {
  constructor(
    private readonly store: EventStore,
    private readonly policies: Policies,
    private readonly agents: AgentRegistry,
  ) {}

  /** What the task asks now, as it is stored. @throws {MeshError} `unavailable` */
  async answering(taskId: string): Promise<Answering | undefined> {
    const stored = await this.store.load(taskId);
    if (!stored) return undefined;
    const { task } = stored;
    const question = questionOf(task);
    if (task.waiting?.kind !== 'approval') return { question };
    return {
      question,
      approves: { ...this.toApprove(task, task.waiting.skillId), submitterId: task.ownerId },
    };
  }

  /** How long an approval may take; for ever, if no policy says. @throws {MeshError} `unavailable` */
  async ttlMs(tenant: string, task: Asking, skillId?: string): Promise<number | undefined> {
    const { approval } = await this.policies.of(tenant);
    return approvalRules(approval, this.toApprove(task, skillId)).expiresAfterMs;
  }

  /** One skill, or, where the whole task is to be approved, all that its agent declares. */
  private toApprove({ agentId }: Asking, skillId: string | undefined): ToApprove {
    const declared = () => this.agents.policyFacts(agentId).skills.map(({ id }) => id);
    return { agentId, skillIds: skillId === undefined ? declared() : [skillId] };
  }
}
