import type { IQueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { decode } from '#contract';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import { limitSchema } from '../page.js';
import type { User } from './user.js';
import { Users } from './users.service.js';

const DEFAULT_LIMIT = 50;

export const userListSchema = z.strictObject({
  limit: limitSchema.optional(),
  cursor: z.string().max(512).optional(),
});

export type UserPage = Readonly<{ users: readonly User[]; cursor?: string | undefined }>;

/** The people of the tenant, who came first first. */
export class ListUsers extends GuardedQuery<UserPage> {
  constructor(readonly query: z.input<typeof userListSchema> = {}) {
    super();
  }
}

@GuardedQueryHandler(ListUsers, () => ({ permissions: ['admin:all'], recorded: true, action: 'user.list' }))
export class ListUsersHandler implements IQueryHandler<ListUsers> {
  constructor(private readonly users: Users) {}

  async execute({ query, scope: { tenant } }: ListUsers): Promise<UserPage> {
    const { limit = DEFAULT_LIMIT, cursor } = decode(userListSchema, query);
    const page = await this.users.list(tenant, limit, cursor);
    return { users: page.items, cursor: page.cursor };
  }
}
