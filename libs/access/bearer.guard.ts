import { Injectable, createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { Actor } from '#contract';
import { MeshError } from '#errors';
import { BearerStrategy } from './bearer.strategy.js';
import { traceIdOf } from './trace-context.js';

type Request = Readonly<{ headers: Readonly<Record<string, unknown>>; user?: Actor }>;

const requestOf = (context: ExecutionContext): Request => context.switchToHttp().getRequest<Request>();

/**
 * Lets in only who is signed in.
 *
 * It hands passport a strategy, never a name: names are looked up in a registry of the whole process, where a second
 * server's strategy replaces the first one's. And a fresh one for each request: passport writes the request's answer
 * functions onto what it is given, so that two requests sharing one would get each other's caller.
 *
 * @throws {MeshError} `unauthenticated`
 */
@Injectable()
export class BearerGuard extends AuthGuard() {
  constructor(strategy: BearerStrategy) {
    super({
      get defaultStrategy(): unknown {
        return Object.create(strategy);
      },
    });
  }

  override handleRequest(
    error: unknown,
    actor: Actor | false,
    _info: unknown,
    context: ExecutionContext,
  ): never {
    if (error) throw error;
    const { headers } = requestOf(context);
    if (!actor) throw refusal(headers['authorization']);
    const traceId = traceIdOf(headers['traceparent']);
    return (traceId === undefined ? actor : { ...actor, traceId }) as never; // passport's types let the caller choose
  }
}

const refusal = (authorization: unknown) =>
  authorization === undefined
    ? new MeshError('unauthenticated', 'this needs a token', {
        hint: 'send it as "Authorization: Bearer <token>"',
      })
    : new MeshError('unauthenticated', 'the token is unknown, expired or revoked');

/** The signed-in caller, in a controller behind `BearerGuard`. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { user } = requestOf(context);
  if (!user) throw new MeshError('internal', 'a route asks for its caller without signing anybody in');
  return user;
});
