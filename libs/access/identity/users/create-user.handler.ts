import type { ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { decode } from '#contract';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import type { OneTimeToken } from '../one-time-tokens.js';
import type { Secret } from '../secret.js';
import { UserPasswords } from './user-passwords.service.js';
import { displayNameSchema, emailSchema, rolesSchema, userNameSchema } from './user.js';
import type { User } from './user.js';
import { Users } from './users.service.js';

/** Somebody new. */
export const createUserSchema = z.strictObject({
  name: userNameSchema,
  roles: rolesSchema,
  email: emailSchema.optional(),
  displayName: displayNameSchema.optional(),
});

/** A new user; without a password, the token with which they choose one. */
export type CreatedUser = Readonly<{ user: User; reset?: OneTimeToken | undefined }>;

/** Makes a user of the caller's tenant. */
export class CreateUser extends GuardedCommand<CreatedUser> {
  constructor(
    readonly asked: z.input<typeof createUserSchema>,
    readonly password?: Secret,
  ) {
    super();
  }
}

@GuardedHandler(CreateUser, () => ({ permissions: ['admin:all'], recorded: true, action: 'user.create' }))
export class CreateUserHandler implements ICommandHandler<CreateUser> {
  constructor(
    private readonly callers: Callers,
    private readonly users: Users,
    private readonly passwords: UserPasswords,
  ) {}

  async execute({ asked, password, cause: { actor } }: CreateUser): Promise<CreatedUser> {
    const { tenant } = actor;
    const wanted = decode(createUserSchema, asked);
    await this.callers.refuseUnknownRoles(tenant, wanted.roles);
    const user = await this.users.create(tenant, { ...wanted, password: password?.reveal() });
    return password ? { user } : { user, reset: await this.passwords.startReset(tenant, user.id) };
  }
}
