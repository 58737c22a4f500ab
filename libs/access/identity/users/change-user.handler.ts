import type { ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { decode } from '#contract';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import { displayNameSchema, emailSchema, rolesSchema, userNameSchema } from './user.js';
import type { User } from './user.js';
import { Users } from './users.service.js';

/** What of a user may change; `null` takes an email or display name away. */
export const changeUserSchema = z.strictObject({
  name: userNameSchema.optional(),
  email: emailSchema.nullable().optional(),
  displayName: displayNameSchema.nullable().optional(),
  roles: rolesSchema.optional(),
  disabled: z.boolean().optional(),
});

/** Changes what is given. Disabling somebody ends all they have open. */
export class ChangeUser extends GuardedCommand<User> {
  constructor(
    readonly userId: string,
    readonly change: z.input<typeof changeUserSchema>,
  ) {
    super();
  }
}

@GuardedHandler(ChangeUser, ({ userId }) => ({
  permissions: ['admin:all'],
  resource: { type: 'user', id: userId },
  recorded: true,
  action: 'user.change',
}))
export class ChangeUserHandler implements ICommandHandler<ChangeUser> {
  constructor(
    private readonly callers: Callers,
    private readonly users: Users,
  ) {}

  async execute({ userId, change, cause: { actor } }: ChangeUser): Promise<User> {
    const wanted = decode(changeUserSchema, change);
    await this.callers.refuseUnknownRoles(actor.tenant, wanted.roles);
    return this.users.change(actor.tenant, userId, wanted);
  }
}
