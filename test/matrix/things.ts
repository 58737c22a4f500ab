import { Readable } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { CreateSession, CreateToken, Devices, Gate, PutMemory } from '#access';
import { CreateSchedule, PutArtifact, SubmitTask } from '#commands';
import type { Actor } from '#contract';
import { EventStore } from '#event-store';
import type { TaskEvent } from '#task';
import { commitOf } from '../memory-event-store.js';
import { OTHER_TENANT, TENANTS } from './cast.js';
import type { Caller, Casting } from './cast.js';
import type { Kind, Relation } from './sight.table.js';

/** The thing a request names, and who asks for it: who uses their own session up is asked for as another. */
export type Target = Readonly<{ id: string; as: Caller; key?: string }>;

/** Whose a thing is to be. */
type Owner = Readonly<{ caller: Caller; sessionId: string }>;

/** Makes what requests name, in the relation to the caller that a test asks for. */
export class Things {
  private readonly gate: Gate;
  private readonly kept = new Map<string, Promise<Target>>();
  private readonly neighbours = new Map<string, Caller>();

  private constructor(private readonly app: INestApplicationContext) {
    this.gate = app.get(Gate, { strict: false });
  }

  /** With somebody in each tenant whom the callers are not. */
  static async in(app: INestApplicationContext, casting: Casting): Promise<Things> {
    const things = new Things(app);
    for (const tenant of TENANTS) {
      const neighbour = await casting.person({ tenant, roles: ['developer'], trust: 'trusted' });
      things.neighbours.set(tenant, neighbour);
    }
    return things;
  }

  /** One that is there for good, or a new one to be used up. */
  of(kind: Kind, relation: Relation, caller: Caller, isUsedUp: boolean): Promise<Target> {
    if (isUsedUp) return this.make(kind, relation, caller);
    const name = `${kind} ${relation} ${caller.actor.sessionId}`;
    const known = this.kept.get(name) ?? this.make(kind, relation, caller);
    this.kept.set(name, known);
    return known;
  }

  /** A user of the caller's tenant who is somebody else. */
  neighbourOf({ tenant }: Caller): Caller {
    return this.neighbourIn(tenant);
  }

  neighbourIn(tenant: string): Caller {
    const found = this.neighbours.get(tenant);
    if (!found) throw new Error(`nobody lives in ${tenant}`);
    return found;
  }

  private async make(kind: Kind, relation: Relation, caller: Caller): Promise<Target> {
    if (relation === 'missing') return { id: crypto.randomUUID(), as: caller, key: 'note' };
    if (relation === 'own' && (kind === 'session' || (kind === 'token' && caller.machine))) {
      const as = await caller.again();
      return { id: as.actor.sessionId, as };
    }
    const { id, key } = await this.makers[kind](this.ownerOf(relation, caller));
    return { id, as: caller, ...(key && { key }) };
  }

  private ownerOf(relation: Exclude<Relation, 'missing'>, caller: Caller): Owner {
    const { tenant, actor, siblingId } = caller;
    if (relation === 'own') return { caller, sessionId: actor.sessionId };
    if (relation === 'sibling') return { caller, sessionId: siblingId };
    const other = this.neighbourIn(relation === 'neighbour' ? tenant : elsewhereThan(tenant));
    return { caller: other, sessionId: other.actor.sessionId };
  }

  private readonly makers: Readonly<Record<Kind, (owner: Owner) => Promise<{ id: string; key?: string }>>> = {
    task: (owner) => this.task(owner, false),
    artifact: (owner) => this.taskThatLeft(owner),
    approval: (owner) => this.task(owner, true),
    context: async ({ sessionId }) => ({ id: sessionId }),
    user: async ({ caller }) => ({ id: caller.actor.id }),
    session: async ({ caller }) => {
      const somewhere = { address: '192.0.2.1' };
      const asked = new CreateSession({ roles: [] }, somewhere);
      return { id: (await this.gate.execute(asHuman(caller), asked)).session.id };
    },
    memory: async ({ caller, sessionId }) => {
      const key = `note-${crypto.randomUUID()}`;
      await this.gate.execute({ ...caller.actor, sessionId }, new PutMemory(sessionId, key, 'remember'));
      return { id: sessionId, key };
    },
    device: async ({ caller: { actor } }) => {
      const jkt = crypto.randomUUID();
      const asked = { tenant: actor.tenant, userId: actor.id, name: 'another', jwk: {}, jkt };
      return { id: (await this.app.get(Devices, { strict: false }).enroll(asked)).id };
    },
    schedule: async ({ caller }) => {
      const task = { description: 'd', input: 'i', agentId: 'echo' };
      const by: Actor = { ...asHuman(caller), roles: ['admin'], trust: 'trusted' };
      return this.gate.execute(by, new CreateSchedule({ name: 'yearly', cron: '0 0 1 1 *', task }));
    },
    token: async ({ caller }) => {
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      const asked = new CreateToken({ name: 'to be revoked', roles: [], expiresAt });
      return { id: (await this.gate.execute(asHuman(caller), asked)).id };
    },
  };

  /** One that a worker has completed, and that left `left.txt`. */
  private async taskThatLeft(owner: Owner): Promise<{ id: string }> {
    const { id } = await this.task(owner, false);
    const by: Actor = { ...owner.caller.actor, roles: ['admin'], trust: 'trusted', scope: undefined };
    const left = await this.gate.execute(by, new PutArtifact(Readable.from([Buffer.from('left')])));
    const store = this.app.get(EventStore, { strict: false });
    const { tenant, task } = (await store.load(id)) ?? { tenant: '', task: null };
    const events: readonly TaskEvent[] = [
      { type: 'LeaseGranted', data: { workerId: 'w', leaseMs: 60_000 } },
      { type: 'TaskStarted', data: {} },
      { type: 'TaskCompleted', data: { output: '', artifacts: [{ name: 'left.txt', ...left }] } },
    ];
    await store.append({ ...commitOf(id, task, events, new Date().toISOString()), tenant });
    return { id };
  }

  /** Submitted with every right, which the caller may lack, but in the owner's name. */
  private async task({ caller, sessionId }: Owner, requiresApproval: boolean): Promise<{ id: string }> {
    const by: Actor = { ...caller.actor, sessionId, roles: ['admin'], trust: 'trusted', scope: undefined };
    const request = { description: 'd', input: 'i', agentId: 'echo', requiresApproval };
    return { id: (await this.gate.execute(by, new SubmitTask(request))).state.id };
  }
}

const elsewhereThan = (tenant: string): string =>
  tenant === OTHER_TENANT ? (TENANTS.find((other) => other !== tenant) ?? tenant) : OTHER_TENANT;

/** As the user of a machine, who may do what machines may not. */
const asHuman = ({ actor }: Caller): Actor => ({ ...actor, issuer: 'local', scope: undefined });
