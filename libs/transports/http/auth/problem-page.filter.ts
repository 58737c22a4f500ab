import { Catch } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemFilter } from '../problem.filter.js';
import { PAGE_HEADERS, problemPage } from './pages.js';

/** Errors where a person looks at them in a browser; whoever does not ask for HTML gets the problem. */
@Catch()
export class ProblemPageFilter implements ExceptionFilter {
  constructor(private readonly problems: ProblemFilter) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (!request.headers.accept?.includes('text/html')) return this.problems.answer(thrown, request, reply);
    const problem = this.problems.problemOf(thrown, request);
    reply.status(problem.status).headers(PAGE_HEADERS).send(problemPage(problem));
  }
}
