import { Injectable } from '@nestjs/common';
import { Clock, DEFAULT_TENANT, uuidv7 } from '#contract';
import type { Actor, AuditEntry, AuditResult } from '#contract';
import { denied, judge } from '#policy';
import type { Asked, CompiledPolicy, Permission, Verdict } from '#policy';
import { AgentRegistry } from '#registry';
import { argumentsHash } from './arguments-hash.js';
import { askedBy } from './asked.js';
import { Belongings } from './demand.js';
import type { Belonging, Demand, InternalDemand, PeoplesDemand, Resource } from './demand.js';
import { demandOf } from './guarded-handler.decorator.js';
import { GuardedCommand } from './guarded.request.js';
import type { GuardedQuery } from './guarded.request.js';
import { Policies } from './policies/policies.js';
import { Approvals } from './rights/approvals.service.js';
import { grantsOf, sightOf } from './sight.js';
import { wayOut } from './way-out.js';

type Request = GuardedCommand<unknown> | GuardedQuery<unknown>;

/** What was judged of a request. */
export type Judgement = Readonly<{
  verdict: Verdict;
  /** What does not exist for the actor: told as a thing that is not there, whether it is or not. */
  missing?: Resource | undefined;
  /** Where the record of an allowed request goes: into the commit of its effect, before it, or nowhere. */
  kept: 'commit' | 'before' | 'nowhere';
  /** The session whose things the actor sees; none for whoever oversees all of the tenant's. */
  sessionId?: string | undefined;
  /** What the task asked when an answer to it was judged. */
  question?: string | undefined;
  entry: (result: AuditResult) => AuditEntry;
}>;

/** Judges requests by their demand: by what the actor may see, then by what the policy lets them do. */
@Injectable()
export class Judge {
  constructor(
    private readonly policies: Policies,
    private readonly belongings: Belongings,
    private readonly agents: AgentRegistry,
    private readonly approvals: Approvals,
    private readonly clock: Clock,
  ) {}

  /** @throws {MeshError} `unavailable` if what is needed to judge cannot be read */
  async judge(actor: Actor, request: Request): Promise<Judgement> {
    const demand = demandOf(request);
    const { verdict, missing, sessionId, question }: Partial<Judgement> & Pick<Judgement, 'verdict'> =
      demand && !('internal' in demand)
        ? await this.judgePerson(actor, demand)
        : { verdict: internalVerdict(actor, demand) };
    const entry = (result: AuditResult) =>
      this.entryOf(actor, request, { demand, verdict: missing ? unseen(verdict, missing) : verdict, result });
    return { verdict, missing, kept: keptOf(demand, request), sessionId, question, entry };
  }

  /** What the actor can do about a denial of the request. */
  wayOut(actor: Actor, request: Request, verdict: Verdict): string {
    return wayOut(verdict, { actor, demand: demandOf(request), defaultAgent: this.agents.defaultAgent });
  }

  private async judgePerson(actor: Actor, demand: PeoplesDemand) {
    const policy = await this.policies.of(actor.tenant);
    const holds = grantsOf(policy, actor);
    const { missing, overseeing } = await this.sightOf(actor, demand, holds);
    const sessionId = holds('session:manage') ? undefined : actor.sessionId;
    const permissions = [...demand.permissions, ...overseeing];
    const asks =
      demand.approves && !missing ? await this.approvals.answering(demand.resource?.id ?? '') : undefined;
    const verdict = this.verdictOf(policy, actor, { ...demand, permissions }, asks?.approves);
    return { verdict, missing, sessionId, question: asks?.question };
  }

  private verdictOf(
    policy: CompiledPolicy,
    actor: Actor,
    demand: PeoplesDemand,
    approves: Asked['approves'],
  ): Verdict {
    if (demand.operators && actor.tenant !== DEFAULT_TENANT) return notAnOperator(policy);
    const { permissions, invokes } = demand;
    const { agentId, skills } = invokes ? this.agents.policyFacts(invokes.agentId) : NO_AGENT;
    return judge(policy, askedBy(actor, { permissions, agentId, skills, approves }));
  }

  /**
   * The first thing the request names that the actor may not see; and by which permissions they see what is not their
   * own, so that nobody's business but one's own passes for that.
   */
  private async sightOf(
    actor: Actor,
    { resource, mentions = [] }: PeoplesDemand,
    holds: (permission: Permission) => boolean,
  ): Promise<Readonly<{ missing?: Resource; overseeing: readonly Permission[] }>> {
    const overseeing: Permission[] = [];
    for (const named of resource ? [resource, ...mentions] : mentions) {
      const sightAt = (belonging: Belonging | null) => sightOf(actor, named.type, belonging, holds);
      const sight = sightAt(await this.belongings.of(named, (belonging) => sightAt(belonging) !== 'none'));
      if (sight === 'none') return { missing: named, overseeing };
      if (sight !== 'own') overseeing.push(sight);
    }
    return { overseeing };
  }

  private entryOf(
    actor: Actor,
    request: object,
    { demand, verdict, result }: { demand: Demand | undefined; verdict: Verdict; result: AuditResult },
  ): AuditEntry {
    const about = aboutOf(demand);
    return {
      id: uuidv7(),
      tenant: actor.tenant,
      at: this.clock.now().toISOString(),
      actorKind: actor.kind,
      userId: actor.id,
      userName: actor.userName,
      issuer: actor.issuer,
      sessionId: actor.sessionId,
      deviceId: actor.deviceId,
      address: actor.address,
      trust: actor.trust,
      roles: actor.roles,
      action: demand?.action ?? request.constructor.name,
      resourceType: about?.type ?? 'runtime',
      resourceId: about?.id ?? '',
      result,
      reason: verdict.reason,
      rule: verdict.rule,
      policyHash: verdict.policyHash,
      argumentsHash: argumentsHash(request),
      traceId: actor.traceId,
    };
  }
}

const aboutOf = (demand: Demand | undefined): Readonly<{ type: string; id: string }> | undefined =>
  demand && 'about' in demand && demand.about ? demand.about : demand?.resource;

const NO_AGENT = { agentId: undefined, skills: undefined } as const;

type Internal = InternalDemand['internal'];

const NO_POLICY = { missing: [], policyHash: '', needsApproval: false } as const;

function internalVerdict(actor: Actor, demand: Extract<Demand, { internal: unknown }> | undefined): Verdict {
  if (!demand)
    return {
      ...NO_POLICY,
      allowed: false,
      rule: 'no-demand',
      reason: 'no access rule was written for this',
    };
  return actor.kind === demand.internal ? DONE_BY[demand.internal] : NOT_FOR_PEOPLE[demand.internal];
}

const internal = (kind: Internal, allowed: boolean, reason: string): Verdict => ({
  ...NO_POLICY,
  allowed,
  rule: `internal:${kind}`,
  reason,
});

/** Made once: a task's way has five of them, and its log says which worker it was. */
const DONE_BY = {
  worker: internal('worker', true, 'done by a worker'),
  system: internal('system', true, 'done by the runtime itself'),
} as const satisfies Record<Internal, Verdict>;

const NOT_FOR_PEOPLE = {
  worker: internal('worker', false, 'this is not for people to ask'),
  system: internal('system', false, 'this is not for people to ask'),
} as const satisfies Record<Internal, Verdict>;

const notAnOperator = (policy: CompiledPolicy): Verdict =>
  denied(policy, {
    rule: 'operators',
    reason: `this touches all tenants; only those of ${DEFAULT_TENANT} may ask for it`,
  });

const unseen = (verdict: Verdict, { type, id }: Resource): Verdict => ({
  ...verdict,
  allowed: false,
  rule: 'isolation',
  reason: `there is no ${type} ${id} that this caller may see`,
});

/** Workers' and the runtime's own requests are in the log with their author; a second record would say nothing new. */
function keptOf(demand: Demand | undefined, request: Request): Judgement['kept'] {
  if (!demand || 'internal' in demand) return 'nowhere';
  if (demand.recorded) return 'before';
  return request instanceof GuardedCommand ? 'commit' : 'nowhere';
}
