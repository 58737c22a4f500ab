import type { IQueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { decode, isUuid } from '#contract';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import { limitSchema } from '../page.js';
import type { Session } from './session.js';
import { Sessions } from './sessions.service.js';

const DEFAULT_LIMIT = 50;

/** Whose sessions: one's own, somebody's, or everybody's. */
export const sessionFilterSchema = z.strictObject({
  userId: z.string().refine(isUuid, 'must be a UUID').optional(),
  all: z.stringbool().or(z.boolean()).optional(),
  limit: limitSchema.optional(),
  cursor: z.string().max(512).optional(),
});

export type SessionPage = Readonly<{ sessions: readonly Session[]; cursor?: string | undefined }>;

/** Live sessions, oldest first; the caller's own unless others are asked for. */
export class ListSessions extends GuardedQuery<SessionPage> {
  constructor(readonly filter: z.input<typeof sessionFilterSchema> = {}) {
    super();
  }
}

@GuardedQueryHandler(ListSessions, ({ filter: { userId, all } }) => ({
  permissions: userId === undefined && all === undefined ? [] : ['session:manage'],
  action: 'session.list',
}))
export class ListSessionsHandler implements IQueryHandler<ListSessions> {
  constructor(private readonly sessions: Sessions) {}

  async execute({ filter, scope: { tenant, actor } }: ListSessions): Promise<SessionPage> {
    const { userId, all = false, limit = DEFAULT_LIMIT, cursor } = decode(sessionFilterSchema, filter);
    const whose = all ? undefined : (userId ?? actor.id);
    if (whose !== undefined && !isUuid(whose)) return { sessions: [] }; // a caller who is kept nowhere
    const page = await this.sessions.list(tenant, { userId: whose, limit, cursor });
    return { sessions: page.items, cursor: page.cursor };
  }
}
