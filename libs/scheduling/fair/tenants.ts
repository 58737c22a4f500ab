import { Quota } from './quota.js';
import type { Lane, Session, Share, Tenant } from './waiting.js';

/** Nobody asked yet what the tenant may: nothing. */
const UNKNOWN: Share = { tasks: 0, perSession: 0, perAgent: new Map(), sessionWeight: 1 };

/** Whose a task is, which is all that counts while it runs. */
export type Running = Readonly<{ taskId: string; tenant: string; sessionId: string; agentId: string }>;

/** Tenants, their sessions and agents, and how much of each runs. Those of which nothing waits or runs are forgotten. */
export class Tenants {
  private readonly tenants = new Map<string, Tenant>();
  private readonly running = new Map<string, Running>();
  private readonly strangers = new Set<string>();

  /** Everybody of whom something waits or runs. */
  ids(): readonly string[] {
    return [...this.tenants.keys()];
  }

  /** Those whose share nobody has said yet. */
  unknown(): readonly string[] {
    return [...this.strangers];
  }

  tenant(id: string): Tenant {
    const known = this.tenants.get(id);
    if (known) return known;
    const made = { id, quota: new Quota(0), agents: new Map(), sessions: new Map(), share: UNKNOWN };
    this.tenants.set(id, made);
    this.strangers.add(id);
    return made;
  }

  session(tenantId: string, id: string): Session {
    const tenant = this.tenant(tenantId);
    const known = tenant.sessions.get(id);
    if (known) return known;
    const quota = new Quota(tenant.share.perSession);
    const made = { id, tenant, quota, lanes: new Map(), turn: 0, lined: 0 };
    tenant.sessions.set(id, made);
    return made;
  }

  /** The quota of an agent within a tenant. */
  agent(tenant: Tenant, agentId: string): Quota {
    const known = tenant.agents.get(agentId);
    if (known) return known;
    const made = new Quota(tenant.share.perAgent.get(agentId) ?? Infinity);
    tenant.agents.set(agentId, made);
    return made;
  }

  /** What a tenant may take from now on. */
  limit(id: string, share: Share): void {
    const tenant = this.tenants.get(id);
    if (!tenant || tenant.share === share) return;
    tenant.share = share;
    this.strangers.delete(id);
    tenant.quota.limitTo(share.tasks);
    for (const { quota } of tenant.sessions.values()) quota.limitTo(share.perSession);
    for (const [agentId, quota] of tenant.agents) quota.limitTo(share.perAgent.get(agentId) ?? Infinity);
  }

  /** A task runs, or is about to. Saying so again changes nothing. */
  hold({ taskId, tenant, sessionId, agentId }: Running): void {
    if (this.running.has(taskId)) return;
    const task = { taskId, tenant, sessionId, agentId };
    this.running.set(taskId, task);
    for (const quota of this.quotasOf(task)) quota.add(1);
  }

  /** It runs no more. */
  release(taskId: string): void {
    const task = this.running.get(taskId);
    if (!task) return;
    this.running.delete(taskId);
    for (const quota of this.quotasOf(task)) quota.add(-1);
  }

  /** Everything that waits, by what it asks for. */
  *lanes(): Iterable<Lane> {
    for (const { sessions } of this.tenants.values())
      for (const { lanes } of sessions.values()) yield* lanes.values();
  }

  /** Forgets who has nothing waiting or running, but for those that `remember` still needs. */
  forgetIdle(remember: (session: Session) => boolean): void {
    for (const tenant of this.tenants.values()) {
      for (const session of tenant.sessions.values()) {
        const { quota, lanes } = session;
        if (quota.running === 0 && lanes.size === 0 && !remember(session)) tenant.sessions.delete(session.id);
      }
      if (tenant.sessions.size > 0) continue;
      this.tenants.delete(tenant.id);
      this.strangers.delete(tenant.id);
    }
  }

  private quotasOf({ tenant: id, sessionId, agentId }: Running): readonly Quota[] {
    const session = this.session(id, sessionId);
    return [session.tenant.quota, session.quota, this.agent(session.tenant, agentId)];
  }
}
