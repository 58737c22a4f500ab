import type { ICommandHandler } from '@nestjs/cqrs';
import { decode } from '#contract';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import type { UserRoles } from './get-user-roles.query.js';
import { rolesSchema } from './user.js';
import { Users } from './users.service.js';

/** Replaces the roles of a user. For admins: nobody else grants what they do not hold. */
export class SetUserRoles extends GuardedCommand<UserRoles> {
  constructor(
    readonly userId: string,
    readonly roles: readonly string[],
  ) {
    super();
  }
}

@GuardedHandler(SetUserRoles, ({ userId }) => ({
  permissions: ['admin:all'],
  resource: { type: 'user', id: userId },
  recorded: true,
  action: 'user.roles.change',
}))
export class SetUserRolesHandler implements ICommandHandler<SetUserRoles> {
  constructor(
    private readonly callers: Callers,
    private readonly users: Users,
  ) {}

  async execute({ userId, roles: asked, cause: { actor } }: SetUserRoles): Promise<UserRoles> {
    const roles = decode(rolesSchema, asked);
    await this.callers.refuseUnknownRoles(actor.tenant, roles);
    const user = await this.users.change(actor.tenant, userId, { roles });
    return { roles: user.roles };
  }
}
