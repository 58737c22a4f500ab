import { Injectable } from '@nestjs/common';
import type { Actor } from '#contract';
import { MeshError } from '#errors';
import type { Permission } from '#policy';
import { Policies } from '../policies/policies.js';
import { grantsOf } from '../sight.js';
import { TOKEN_ISSUER } from './sessions/session.js';
import type { Session } from './sessions/session.js';
import { Sessions } from './sessions/sessions.service.js';
import type { User } from './users/user.js';
import { Users } from './users/users.service.js';

/** Sessions that people sign in for last a day at least. */
const DAY_MS = 24 * 60 * 60_000;

/** What the requests about people ask of whoever makes them, besides their demand. */
@Injectable()
export class Callers {
  constructor(
    private readonly users: Users,
    private readonly policies: Policies,
    private readonly sessions: Sessions,
  ) {}

  /** The caller as a user of these tables. @throws {MeshError} `unsupported` for one who is kept nowhere */
  async userOf({ tenant, id }: Actor): Promise<User> {
    const user = await this.users.find(tenant, id);
    if (user) return user;
    throw new MeshError(
      'unsupported',
      `${id} has no account here, so there is nothing that could be kept of them`,
      {
        hint: 'sign in as a user of this server',
      },
    );
  }

  /** What a machine token may not do even for its owner. @throws {MeshError} `access_denied` */
  refuseMachine({ issuer }: Actor, doing: string): void {
    if (issuer !== TOKEN_ISSUER) return;
    throw new MeshError('access_denied', `a machine token cannot ${doing}`, { hint: 'sign in yourself' });
  }

  /**
   * A session that was given for minutes, to a CI job or a page, makes nothing that outlives it.
   *
   * @param which of them. @default all
   * @throws {MeshError} `access_denied`
   */
  async refuseShortLived(
    { tenant, sessionId }: Actor,
    doing: string,
    which: (session: Session) => boolean = () => true,
  ): Promise<void> {
    const session = await this.sessions.find(tenant, sessionId);
    if (!session || !which(session)) return;
    if (Date.parse(session.endsAt) - Date.parse(session.createdAt) >= DAY_MS) return;
    throw new MeshError('access_denied', `a session that was given for so short a time cannot ${doing}`, {
      hint: 'sign in yourself',
    });
  }

  /** A machine token ends nothing but itself, unless it is granted more. @throws {MeshError} `access_denied` */
  async refuseMachineUnless(actor: Actor, granted: Permission, own: string, doing: string): Promise<void> {
    if (actor.issuer !== TOKEN_ISSUER || own === actor.sessionId) return;
    const holds = grantsOf(await this.policies.of(actor.tenant), actor);
    if (!holds(granted)) this.refuseMachine(actor, doing);
  }

  /** A role nobody knows grants nothing: whoever wrote it meant another. @throws {MeshError} `invalid_request` */
  async refuseUnknownRoles(tenant: string, roles: readonly string[] = []): Promise<void> {
    const { roles: known } = await this.policies.of(tenant);
    const unknown = roles.filter((role) => !known.has(role));
    if (unknown.length === 0) return;
    throw new MeshError('invalid_request', `roles: there is no role ${unknown.join(', ')}`, {
      field: 'roles',
      hint: `there are: ${[...known.keys()].join(', ')}`,
    });
  }
}
