import type { IQueryHandler } from '@nestjs/cqrs';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import { Users } from './users.service.js';

/** The roles of a user. */
export type UserRoles = Readonly<{ roles: readonly string[] }>;

/** One's own roles, or anybody's for an admin. */
export class GetUserRoles extends GuardedQuery<UserRoles> {
  constructor(readonly userId: string) {
    super();
  }
}

@GuardedQueryHandler(GetUserRoles, ({ userId }) => ({
  permissions: [],
  resource: { type: 'user', id: userId },
  action: 'user.roles.read',
}))
export class GetUserRolesHandler implements IQueryHandler<GetUserRoles> {
  constructor(private readonly users: Users) {}

  async execute({ userId, scope: { tenant } }: GetUserRoles): Promise<UserRoles> {
    const { roles } = await this.users.get(tenant, userId);
    return { roles };
  }
}
