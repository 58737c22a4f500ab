import type { ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { decode } from '#contract';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import type { Origin } from '../sign-in/origin.js';
import { rolesInBoth, rolesSchema } from '../users/user.js';
import { rolesAsked } from './begin-session.js';
import type { Session } from './session.js';
import { SessionTokens } from './session-tokens.service.js';
import type { SignedIn } from './session-tokens.service.js';
import { Sessions } from './sessions.service.js';

const MAX_TTL_SECONDS = 30 * 24 * 60 * 60;

/** What a session may be asked for with. */
export const createSessionSchema = z.strictObject({
  roles: rolesSchema.optional(),
  cancelOnEnd: z.boolean().optional(),
  /** It ends then, used or not. */
  ttlSeconds: z.int().min(1).max(MAX_TTL_SECONDS).optional(),
});

/** A new session and the tokens to come in with. */
export type CreatedSession = Readonly<{ session: Session; tokens: SignedIn }>;

/** Begins another session of the caller, with at most the roles that this one has. */
export class CreateSession extends GuardedCommand<CreatedSession> {
  constructor(
    readonly asked: z.input<typeof createSessionSchema>,
    /** Tokens are bound to `from.key`, the key whose proof came with the request. */
    readonly from: Origin,
  ) {
    super();
  }
}

@GuardedHandler(CreateSession, () => ({ permissions: [], recorded: true, action: 'session.create' }))
export class CreateSessionHandler implements ICommandHandler<CreateSession> {
  constructor(
    private readonly callers: Callers,
    private readonly sql: IdentitySql,
    private readonly sessions: Sessions,
    private readonly tokens: SessionTokens,
  ) {}

  async execute({ asked, from, cause: { actor } }: CreateSession): Promise<CreatedSession> {
    const { ttlSeconds, ...rest } = decode(createSessionSchema, asked);
    this.callers.refuseMachine(actor, 'begin a session');
    await this.callers.refuseShortLived(actor, 'begin another');
    const user = await this.callers.userOf(actor);
    const roles = rolesAsked({ ...user, roles: rolesInBoth(actor.roles, user.roles) }, rest.roles);
    const { issuer = 'local', deviceId } = actor;
    const ttlMs = ttlSeconds === undefined ? undefined : ttlSeconds * 1_000;
    return this.sql.transaction(async (tx) => {
      const session = await this.sessions.beginIn(tx, { ...rest, user, roles, issuer, deviceId, ttlMs });
      return { session, tokens: await this.tokens.issueIn(tx, session, from.key) };
    });
  }
}
