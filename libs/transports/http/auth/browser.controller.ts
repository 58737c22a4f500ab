import { Controller, Get, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BrowserSignIn, PROVIDER_KINDS } from '#access';
import type { FollowUp, ProviderKind } from '#access';
import { DEFAULT_TENANT } from '#contract';
import { MeshError } from '#errors';
import { Decode } from '../decode.pipe.js';
import { FollowUps } from './follow-ups.service.js';
import { PAGE_HEADERS } from './pages.js';
import { ProblemPageFilter } from './problem-page.filter.js';
import { beginSchema } from './schemas.js';
import type { Begin } from './schemas.js';

/** Signing in through a browser, at an identity provider. */
@Controller('/v1/auth')
@UseFilters(ProblemPageFilter)
export class BrowserController {
  constructor(
    private readonly browser: BrowserSignIn,
    private readonly followUps: FollowUps,
  ) {}

  @Get([...PROVIDER_KINDS])
  async begin(
    @Query(new Decode(beginSchema)) asked: Begin,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { location, cookie } = await this.browser.beginSignIn(kindOf(request), followUpOf(asked));
    await reply.header('set-cookie', cookie).redirect(location, 302);
  }

  @Get(PROVIDER_KINDS.map((kind) => `${kind}/callback`))
  async finish(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const kind = kindOf(request);
    reply.header('set-cookie', this.browser.clearedCookie);
    const { profile, followUp } = await this.browser.finishSignIn(kind, request.url, request.headers.cookie);
    const answer = await this.followUps.of({ kind, profile, tenant: DEFAULT_TENANT }, followUp, request);
    await (typeof answer === 'string' ? reply.headers(PAGE_HEADERS) : reply).send(answer);
  }
}

/** The provider whose route this is. */
function kindOf({ routeOptions }: FastifyRequest): ProviderKind {
  const kind = PROVIDER_KINDS.find((known) => routeOptions.url?.startsWith(`/v1/auth/${known}`));
  if (kind) return kind;
  throw new MeshError('internal', `no provider has the route ${routeOptions.url ?? ''}`);
}

function followUpOf({ redirect_uri, code_challenge = '', state, user_code }: Begin): FollowUp {
  if (user_code !== undefined) return { kind: 'page', userCode: user_code };
  if (redirect_uri === undefined) return { kind: 'answer' };
  return {
    kind: 'code',
    redirectUri: redirect_uri,
    challenge: code_challenge,
    ...(state === undefined ? {} : { state }),
  };
}
