import { Controller, Get, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BrowserSignIn, PROVIDER_KINDS } from '#access';
import type { FollowUp, ProviderKind, SignedIn } from '#access';
import { DEFAULT_TENANT } from '#contract';
import { MeshError } from '#errors';
import { Decode } from '../decode.pipe.js';
import { ProblemFilter } from '../problem.filter.js';
import type { Problem } from '../wire.js';
import { FollowUps } from './follow-ups.service.js';
import { PAGE_HEADERS, programRefusedPage } from './pages.js';
import { ProblemPageFilter } from './problem-page.filter.js';
import { refusalOf } from './refused-program.js';
import type { Program } from './refused-program.js';
import { beginSchema } from './schemas.js';
import type { Begin } from './schemas.js';

/** Signing in through a browser, at an identity provider. */
@Controller('/v1/auth')
@UseFilters(ProblemPageFilter)
export class BrowserController {
  constructor(
    private readonly browser: BrowserSignIn,
    private readonly followUps: FollowUps,
    private readonly problems: ProblemFilter,
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
    try {
      const answer = await this.answerTo(kind, request);
      await (typeof answer === 'string' ? reply.headers(PAGE_HEADERS) : reply).send(answer);
    } catch (error) {
      const program = this.browser.programOf(kind, request.url, request.headers.cookie);
      if (!program) throw error;
      await this.refuse(program, this.problems.problemOf(error, request), reply);
    }
  }

  private async answerTo(kind: ProviderKind, request: FastifyRequest): Promise<SignedIn | string> {
    const { url, headers } = request;
    const { profile, followUp } = await this.browser.finishSignIn(kind, url, headers.cookie);
    return this.followUps.of({ kind, profile, tenant: DEFAULT_TENANT }, followUp, request);
  }

  /**
   * Not by a redirect: after a provider's form, browsers follow those only as far as the provider's own policy for forms
   * reaches, which is not to a port of the person's machine.
   */
  private async refuse(program: Program, problem: Problem, reply: FastifyReply): Promise<void> {
    const location = refusalOf(problem, program);
    await reply
      .status(problem.status)
      .headers({ ...PAGE_HEADERS, refresh: `0; url=${location.href}` })
      .send(programRefusedPage(problem, location));
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
