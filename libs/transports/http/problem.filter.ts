import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '#contract';
import { MeshError, isMeshError } from '#errors';
import { methodsOf } from './routes.js';
import { HTTP_STATUS } from './status.js';
import { PROBLEM_TYPE, codeOfStatus, problemOf } from './wire.js';
import type { Problem } from './wire.js';

/** An error with the status it is answered with; Fastify's own keep theirs. */
type Refusal = Readonly<{ error: MeshError; status: number }>;

/** The way out of what Fastify itself refuses. */
const HINTS: ReadonlyMap<number, string> = new Map([
  [400, 'send one JSON object, without keys such as __proto__'],
  [415, 'send it as content-type: application/json'],
]);

/** Every error of every route becomes a problem document here, and nowhere else. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Answers with the problem; also for what Fastify refuses before there is a route. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.sent) return;
    const { error, status } = this.refusalOf(thrown, request);
    const retry = error.details.retryAfterSeconds ?? (status === 503 ? 1 : undefined);
    if (retry !== undefined) reply.header('retry-after', String(Math.ceil(retry)));
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="coderclaw"');
    if (status === 405) reply.header('allow', methodsOf(request.url).join(', '));
    reply
      .status(status)
      .type(PROBLEM_TYPE)
      .send(JSON.stringify(problemOf(error, status, request.id)));
  }

  /** The problem an error is told as. What is nobody's fault but ours is logged, here and once. */
  problemOf(thrown: unknown, request: FastifyRequest): Problem {
    const { error, status } = this.refusalOf(thrown, request);
    return problemOf(error, status, request.id);
  }

  private refusalOf(thrown: unknown, request: FastifyRequest): Refusal {
    if (isMeshError(thrown)) {
      if (thrown.code === 'internal') this.log(thrown, request);
      return { error: thrown, status: HTTP_STATUS[thrown.code] };
    }
    const status = statusOf(thrown);
    if (status === 404) return unrouted(request);
    if (status >= 400 && status < 500) {
      const hint = status === 413 ? tooLarge(request) : HINTS.get(status);
      return { error: new MeshError(codeOfStatus(status), messageOf(thrown), hint ? { hint } : {}), status };
    }
    this.log(thrown, request);
    return { error: new MeshError('internal', 'something went wrong here; it has been logged'), status: 500 };
  }

  private log(error: unknown, { id, method, routeOptions }: FastifyRequest): void {
    this.logger.error('a request failed', { requestId: id, method, route: routeOptions?.url, error });
  }
}

const tooLarge = ({ routeOptions: { bodyLimit } }: FastifyRequest): string =>
  `send at most ${bodyLimit} bytes; what is larger belongs into a file of the workspace`;

function unrouted({ method, url }: FastifyRequest): Refusal {
  const methods = methodsOf(url);
  const path = url.split('?')[0]?.slice(0, 200);
  if (methods.length === 0)
    return { error: new MeshError('not_found', `there is nothing at ${path}`), status: 404 };
  return {
    error: new MeshError('unsupported', `${path} answers ${methods.join(', ')}, not ${method}`),
    status: 405,
  };
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined;
  return typeof status === 'number' ? status : 500;
}

const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : 'the request is malformed';
