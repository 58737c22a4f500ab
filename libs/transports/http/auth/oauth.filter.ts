import { BadRequestException, Catch } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isMeshError } from '#errors';
import type { MeshError } from '#errors';
import { ProblemFilter } from '../problem.filter.js';
import { oauthProblem } from './oauth-errors.js';
import type { OAuthError } from './oauth-errors.js';

/** What an endpoint of OAuth says itself, where our codes have no word for it. */
export const refusing = (error: OAuthError, because: MeshError): BadRequestException =>
  new BadRequestException(error, { cause: because });

/** To OAuth a grant that is no good is a bad request, whoever asks. */
const IS_BAD_REQUEST: ReadonlySet<number> = new Set([401, 403, 404]);

/** Errors as clients of OAuth read them, with the members of a problem beside. */
@Catch()
export class OAuthFilter implements ExceptionFilter {
  constructor(private readonly problems: ProblemFilter) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const said =
      thrown instanceof BadRequestException && isMeshError(thrown.cause)
        ? { error: thrown.message as OAuthError, because: thrown.cause }
        : { because: thrown };
    const problem = this.problems.problemOf(said.because, http.getRequest<FastifyRequest>());
    const status = IS_BAD_REQUEST.has(problem.status) ? 400 : problem.status;
    if (problem.retryAfterSeconds !== undefined)
      reply.header('retry-after', String(Math.ceil(problem.retryAfterSeconds)));
    reply
      .status(status)
      .type('application/json')
      .send(JSON.stringify(oauthProblem({ ...problem, status }, said.error)));
  }
}
