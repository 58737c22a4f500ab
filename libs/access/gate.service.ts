import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Clock, uuidv7 } from '#contract';
import type { Actor } from '#contract';
import { MeshError, isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import { EventStore } from '#event-store';
import type { Cause } from './cause.js';
import type { GuardedCommand, GuardedQuery } from './guarded.request.js';
import { Judge } from './judge.service.js';
import type { Judgement } from './judge.service.js';

/** Answers of the domain that are refusals of an allowed command, and so are recorded. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'access_denied', // e.g. to a machine what its owner may
  'illegal_transition',
  'idempotency_mismatch',
  'fenced',
  'version_conflict',
  'not_found',
  'rate_limited', // e.g. as many wait as may
]);

/** The one door. Every transport, the workers' port and the CLI knock here; nothing else holds the buses. */
@Injectable()
export class Gate {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly judge: Judge,
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Judges and dispatches a command; the verdict is written in the same commit as its events, or, for what makes no
   * commit of a task, before it is dispatched.
   *
   * @throws {MeshError} `access_denied` | `not_found` | whatever the handler throws
   */
  async execute<Result>(actor: Actor, command: GuardedCommand<Result>): Promise<Result> {
    const judgement = await this.admit(actor, command);
    try {
      return await this.commands.execute(command.because(await this.causeOf(actor, judgement)));
    } catch (error) {
      if (judgement.kept !== 'nowhere' && isMeshError(error) && REFUSALS.has(error.code)) {
        await this.store.record({ ...judgement.entry('refused'), reason: error.message });
      }
      throw error;
    }
  }

  /**
   * Judges and dispatches a query, within what the actor may see. Reads that the audit keeps are recorded first.
   *
   * @throws {MeshError} `access_denied` | `not_found` | whatever the handler throws
   */
  async query<Result>(actor: Actor, query: GuardedQuery<Result>): Promise<Result> {
    const { kept, entry, sessionId } = await this.admit(actor, query);
    if (kept === 'before') await this.store.record(entry('allowed'));
    return this.queries.execute(query.within({ tenant: actor.tenant, actor, sessionId }));
  }

  /** A denial is recorded before it is answered. */
  private async admit(
    actor: Actor,
    request: GuardedCommand<unknown> | GuardedQuery<unknown>,
  ): Promise<Judgement> {
    const judgement = await this.judge.judge(actor, request);
    const { verdict, missing, entry } = judgement;
    if (verdict.allowed && !missing) return judgement;
    await this.store.record(entry('denied'));
    if (missing) throw new MeshError('not_found', `there is no ${missing.type} ${missing.id}`);
    const hint = this.judge.wayOut(actor, request, verdict);
    throw new MeshError('access_denied', verdict.reason, { rule: verdict.rule, hint });
  }

  /** The record and the commit it is written with are one thing: one id, one time. */
  private async causeOf(actor: Actor, { verdict, kept, question, entry }: Judgement): Promise<Cause> {
    const record = kept === 'nowhere' ? undefined : entry('allowed');
    if (record && kept === 'before') await this.store.record(record);
    const { id: commitId, at } = record ?? { id: uuidv7(), at: this.clock.now().toISOString() };
    return { actor, verdict, at, commitId, question, audit: kept === 'commit' ? record : undefined };
  }
}
