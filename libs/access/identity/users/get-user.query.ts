import type { IQueryHandler } from '@nestjs/cqrs';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import type { User } from './user.js';
import { Users } from './users.service.js';

/** One user. */
export class GetUser extends GuardedQuery<User> {
  constructor(readonly userId: string) {
    super();
  }
}

@GuardedQueryHandler(GetUser, ({ userId }) => ({
  permissions: ['admin:all'],
  resource: { type: 'user', id: userId },
  recorded: true,
  action: 'user.read',
}))
export class GetUserHandler implements IQueryHandler<GetUser> {
  constructor(private readonly users: Users) {}

  execute({ userId, scope: { tenant } }: GetUser): Promise<User> {
    return this.users.get(tenant, userId);
  }
}
