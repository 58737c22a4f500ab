import { Belongings, Policies, Subjects, WaysIn } from '#access';
import type { Belonging, Resource, Subject, TenantPolicy } from '#access';
import type { EventStore } from '#event-store';
import { compilePolicy } from '#policy';
import type { CompiledPolicy, IdentityProvider, PolicyDocument } from '#policy';

/** One policy for all tenants, in memory; may be replaced while it is used. */
export class MemoryPolicies extends Policies {
  private stored: TenantPolicy = { document: {}, version: 0 };
  private policy: CompiledPolicy;

  constructor(
    document: PolicyDocument = {},
    private readonly local = false,
  ) {
    super();
    this.policy = this.with(document);
  }

  set(document: PolicyDocument): void {
    this.policy = this.with(document);
  }

  override of(): Promise<CompiledPolicy> {
    return Promise.resolve(this.policy);
  }

  override with(document: PolicyDocument): CompiledPolicy {
    return compilePolicy([{ name: 'tenant', document }], { local: this.local });
  }

  override read(): Promise<TenantPolicy> {
    return Promise.resolve(this.stored);
  }

  override write(_tenant: string, document: PolicyDocument): Promise<number> {
    this.stored = { document, version: this.stored.version + 1 };
    this.set(document);
    return Promise.resolve(this.stored.version);
  }
}

/** The ways in that a spec says there are; none are asked about where it says nothing. */
export class MemoryWaysIn extends WaysIn {
  override readonly setUp: readonly IdentityProvider[] | undefined;

  constructor(
    setUp?: readonly IdentityProvider[],
    private readonly passwords = true,
  ) {
    super();
    this.setUp = setUp;
  }

  override hasPassword(): Promise<boolean> {
    return Promise.resolve(this.passwords);
  }
}

/** Tasks belong as the log says; other things as they are told here. */
export class MemoryBelongings extends Belongings {
  readonly told = new Map<string, Belonging>();

  constructor(private readonly store: Pick<EventStore, 'load'>) {
    super();
  }

  override async of({ type, id }: Resource): Promise<Belonging | null> {
    if (type !== 'task') return this.told.get(`${type}/${id}`) ?? null;
    const stored = await this.store.load(id);
    return stored && { tenant: stored.tenant, userId: stored.task.ownerId, sessionId: stored.task.sessionId };
  }
}

/** Everybody is who they were when they asked, unless told otherwise here. */
export class MemorySubjects extends Subjects {
  readonly told = new Map<string, Subject | null>();

  constructor(private readonly otherwise: Subject) {
    super();
  }

  override of(_tenant: string, userId: string): Promise<Subject | null> {
    const told = this.told.get(userId);
    return Promise.resolve(told === undefined ? this.otherwise : told);
  }
}
