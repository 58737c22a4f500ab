import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Clock, uuidv7 } from '#contract';
import type { Actor, AuditEntry, AuditResult } from '#contract';
import { MeshError, isMeshError } from '#errors';
import { EventStore } from '#event-store';
import { argumentsHash } from './arguments-hash.js';
import type { GuardedCommand, GuardedQuery } from './guarded.request.js';
import { demandOf } from './guarded-handler.decorator.js';
import { judge } from './policy.js';
import type { Demand, Verdict } from './policy.js';

/** Answers of the domain that are refusals of an allowed command, and so are recorded. */
const REFUSALS = new Set([
  'illegal_transition',
  'idempotency_mismatch',
  'fenced',
  'version_conflict',
  'not_found',
]);

/** The one door. Every transport, the workers' port and the CLI knock here; nothing else holds the buses. */
@Injectable()
export class Gate {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Judges and dispatches a command; the verdict is written in the same commit as its events.
   *
   * @throws {MeshError} `access_denied` | `not_found` | whatever the handler throws
   */
  async execute<Result>(actor: Actor, command: GuardedCommand<Result>): Promise<Result> {
    const { demand, verdict, entry } = await this.admit(actor, command);
    const audit = demand && 'permissions' in demand ? entry('allowed') : undefined;
    // The record and the commit it is written with are one thing: one id, one time.
    const { id: commitId, at } = audit ?? { id: uuidv7(), at: this.clock.now().toISOString() };
    const cause = { actor, verdict, at, commitId, audit };
    try {
      return await this.commands.execute(command.because(cause));
    } catch (error) {
      if (audit && isMeshError(error) && REFUSALS.has(error.code)) {
        await this.store.record({ ...audit, id: uuidv7(), result: 'refused', reason: error.message });
      }
      throw error;
    }
  }

  /**
   * Judges and dispatches a query, within the actor's tenant. Reads that the audit keeps are recorded first.
   *
   * @throws {MeshError} `access_denied` | whatever the handler throws
   */
  async query<Result>(actor: Actor, query: GuardedQuery<Result>): Promise<Result> {
    const { demand, entry } = await this.admit(actor, query);
    if (demand && 'recorded' in demand && demand.recorded) await this.store.record(entry('allowed'));
    return this.queries.execute(query.within({ tenant: actor.tenant, actor }));
  }

  private async admit(actor: Actor, request: GuardedCommand<unknown> | GuardedQuery<unknown>) {
    const demand = demandOf(request);
    const verdict = judge(actor, demand);
    const entry = (result: AuditResult) => this.entry(actor, request, { demand, verdict, result });
    if (!verdict.allowed) {
      await this.store.record(entry('denied'));
      throw new MeshError('access_denied', verdict.reason);
    }
    await this.checkTenant(actor, demand?.taskId);
    return { demand, verdict, entry };
  }

  /** Another tenant's task answers exactly like one that does not exist. */
  private async checkTenant(actor: Actor, taskId: string | undefined): Promise<void> {
    if (taskId === undefined || actor.kind !== 'user') return;
    const stored = await this.store.peek(taskId);
    if (stored?.tenant !== actor.tenant) throw new MeshError('not_found', `there is no task ${taskId}`);
  }

  private entry(
    actor: Actor,
    request: object,
    { demand, verdict, result }: { demand: Demand | undefined; verdict: Verdict; result: AuditResult },
  ): AuditEntry {
    return {
      id: uuidv7(),
      tenant: actor.tenant,
      at: this.clock.now().toISOString(),
      actorKind: actor.kind,
      userId: actor.id,
      sessionId: actor.sessionId,
      deviceId: actor.deviceId,
      trust: actor.trust,
      roles: actor.roles,
      action: demand?.action ?? request.constructor.name,
      resourceType: demand?.taskId === undefined ? 'runtime' : 'task',
      resourceId: demand?.taskId ?? '',
      result,
      reason: verdict.reason,
      rule: verdict.rule,
      argumentsHash: argumentsHash(request),
      traceId: actor.traceId,
    };
  }
}
