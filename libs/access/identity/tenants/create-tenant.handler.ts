import type { ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { decode, nameSchema, textSchema } from '#contract';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { emailSchema, userNameSchema } from '../users/user.js';
import { Tenants } from './tenants.service.js';
import type { MadeTenant } from './tenants.service.js';

/** A tenant to be. Its id becomes part of subjects and keys. */
export const createTenantSchema = z.strictObject({
  id: nameSchema,
  name: textSchema(256).optional(),
  admin: z.strictObject({ name: userNameSchema, email: emailSchema.optional() }),
});

/** Makes a tenant with its first admin. For operators, the admins of the default tenant. */
export class CreateTenant extends GuardedCommand<MadeTenant> {
  constructor(readonly asked: z.input<typeof createTenantSchema>) {
    super();
  }
}

@GuardedHandler(CreateTenant, ({ asked: { id } }) => ({
  permissions: ['admin:all'],
  operators: true,
  about: { type: 'tenant', id },
  recorded: true,
  action: 'tenant.create',
}))
export class CreateTenantHandler implements ICommandHandler<CreateTenant> {
  constructor(private readonly tenants: Tenants) {}

  async execute({ asked }: CreateTenant): Promise<MadeTenant> {
    const { id, name = id, admin } = decode(createTenantSchema, asked);
    return this.tenants.create({ id, name, admin });
  }
}
