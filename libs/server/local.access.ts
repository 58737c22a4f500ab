import { Subjects, PostgresBelongings } from '#access';
import type { Belonging, Resource, Subject } from '#access';
import { localActor } from './local-actor.js';

const SESSIONS: ReadonlySet<Resource['type']> = new Set(['context', 'memory']);

/** In local-only mode a session comes to be when it is named: those that nobody signed in for are the one user's. */
export class LocalBelongings extends PostgresBelongings {
  private readonly user = localActor(); // asks the system who that is, which takes longer than to judge

  override async of(
    resource: Resource,
    isVisible: (belonging: Belonging) => boolean,
  ): Promise<Belonging | null> {
    const known = await super.of(resource, isVisible);
    if (known || !SESSIONS.has(resource.type)) return known;
    const { tenant, id: userId, sessionId } = this.user;
    return { tenant, userId, sessionId };
  }
}

/** The local user is who they are; others, if there are any, are in the tables. */
export class LocalSubjects extends Subjects {
  private readonly user = localActor();

  constructor(private readonly others: Subjects) {
    super();
  }

  override of(tenant: string, userId: string, deviceId: string | undefined): Promise<Subject | null> {
    const { id, tenant: home, roles, trust } = this.user;
    if (userId === id && tenant === home) return Promise.resolve({ roles, trust });
    return this.others.of(tenant, userId, deviceId);
  }
}
