import type { Permission } from '#policy';

/** What can be asked about by id. `context`: a session as the place to work in, not as a thing to manage. */
export type ResourceType = keyof typeof SIGHT;

export type Resource = Readonly<{ type: ResourceType; id: string }>;

/** A task, as a request names it. */
export const aTask = (id: string): Resource => ({ type: 'task', id });

/** Whose a thing is: its tenant, and the user or the session it belongs to. */
export type Belonging = Readonly<{
  tenant: string;
  userId?: string | undefined;
  sessionId?: string | undefined;
}>;

/** What people must be granted. */
export type PeoplesDemand = Readonly<{
  /** e.g. `task.cancel`; what the audit calls it. */
  action: string;
  /** All are needed. None: anybody who is signed in may ask this about what is their own. */
  permissions: readonly Permission[];
  /** The thing it is about. To whoever may not see it, it does not exist. */
  resource?: Resource | undefined;
  /** Other things it names, which must be the caller's to see as well. */
  mentions?: readonly Resource[] | undefined;
  /** What the audit says it is about, where that is nothing that `resource` could name. */
  about?: Readonly<{ type: string; id: string }> | undefined;
  /** It has an agent work, the default one if none is named: the policies of the agent and of its skills are asked too. */
  invokes?: Readonly<{ agentId?: string | undefined }> | undefined;
  /** It approves or denies what the task `resource` asks: the policy says who may. */
  approves?: boolean | undefined;
  /** True for what makes no commit of a task: recorded before it is dispatched. Commands of tasks are recorded with theirs. */
  recorded?: boolean | undefined;
  /** It touches all tenants, so only the default one's people may ask. */
  operators?: boolean | undefined;
}>;

/** What takes a worker, or the runtime itself; never a person. */
export type InternalDemand = Readonly<{
  internal: 'worker' | 'system';
  action: string;
  resource?: Resource | undefined;
}>;

/** What it takes to reach a handler. */
export type Demand = PeoplesDemand | InternalDemand;

/** By what a thing is the caller's own. */
type Owner = 'user' | 'session' | 'tenant';

/**
 * When a thing is one's own, and what it takes to see it where it is not: a permission, or nothing that could be granted.
 * The whole of isolation is this table; another tenant's things are nobody's.
 */
export const SIGHT = {
  task: { own: 'session', others: 'session:manage' },
  session: { own: 'user', others: 'session:manage' },
  context: { own: 'session', others: 'session:manage' },
  memory: { own: 'session', others: null },
  device: { own: 'user', others: 'admin:all' },
  token: { own: 'user', others: 'admin:all' },
  user: { own: 'user', others: 'admin:all' },
  schedule: { own: 'user', others: 'session:manage' },
  tenant: { own: 'tenant', others: null },
} as const satisfies Record<string, Readonly<{ own: Owner; others: Permission | null }>>;

/** Port. Knows whose the things are that requests name. */
export abstract class Belongings {
  /**
   * `null` if there is no such thing.
   *
   * @param isVisible what may be answered from memory: what is hidden is looked up as often as what is not there, so that
   *   time does not tell them apart
   */
  abstract of(resource: Resource, isVisible: (belonging: Belonging) => boolean): Promise<Belonging | null>;
}
