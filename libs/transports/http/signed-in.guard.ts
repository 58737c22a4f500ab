import { Injectable, createParamDecorator } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Authenticator, RequestLimits, traceIdOf } from '#access';
import type { Presented } from '#access';
import type { Actor } from '#contract';
import { MeshError } from '#errors';
import { addressOf } from './address.js';
import { isLocal } from './caller.js';
import { HttpServerOptions } from './http-options.js';

type Signed = FastifyRequest & { actor?: Actor };

const requestOf = (context: ExecutionContext): Signed => context.switchToHttp().getRequest<Signed>();

/** Lets in only who is signed in, and not more often than the tenant allows. */
@Injectable()
export class SignedInGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly limits: RequestLimits,
    private readonly options: HttpServerOptions,
  ) {}

  /** @throws {MeshError} `unauthenticated` | `rate_limited` | `unavailable` */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    const presented = presentedBy(request, this.options);
    const actor = await this.authenticator.authenticate(presented);
    await this.limits.take(actor);
    request.actor = cameBy(request, presented.address, actor);
    return true;
  }
}

/** The caller with where the request came from and what it is traced by, for the audit. The Unix socket has no address. */
export const cameBy = ({ headers }: FastifyRequest, address: string, actor: Actor): Actor =>
  // Not by spreading, which is slow where keys are new (see `merged` of #task), and every request comes this way.
  Object.assign({}, actor, {
    address: address === '' ? undefined : address,
    traceId: traceIdOf(headers['traceparent']),
  });

/** What a request shows of its caller. A proof that is sent twice is none. */
export function presentedBy(request: FastifyRequest, options: HttpServerOptions): Presented {
  const { headers, method, raw } = request;
  const { dpop } = headers;
  return {
    authorization: headers.authorization,
    proof: Array.isArray(dpop) ? dpop.join(', ') : dpop,
    method,
    url: `${originOf(request, options)}${request.url}`,
    address: addressOf(raw.socket.remoteAddress, headers['x-forwarded-for'], options.trustedProxies),
    local: isLocal(raw.socket),
  };
}

/** How the caller reaches the server: what the settings say, or where they themselves say that they are. */
export const originOf = ({ protocol, headers }: FastifyRequest, { publicUrl }: HttpServerOptions): string =>
  (publicUrl ?? `${protocol}://${headers.host ?? ''}`).replace(/\/+$/, '');

/** The signed-in caller, in a controller behind `SignedInGuard`. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { actor } = requestOf(context);
  if (!actor) throw new MeshError('internal', 'a route asks for its caller without signing anybody in');
  return actor;
});
