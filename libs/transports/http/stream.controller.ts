import { Controller, Get, Param, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { BearerGuard, CurrentActor, Gate } from '#access';
import { decode } from '#contract';
import type { Actor } from '#contract';
import { WatchTask } from '#read-models';
import { Decode } from './decode.pipe.js';
import { OpenStreams } from './open-streams.js';
import { ProblemFilter } from './problem.filter.js';
import { streamHeadersSchema, streamSchema } from './requests.js';
import { pump } from './sse.js';
import { TaskId } from './task-id.pipe.js';
import { encodeProblem } from './wire.js';

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no', // nginx would otherwise keep events back
  connection: 'close',
} as const;

@Controller('/v1/tasks')
@UseGuards(BearerGuard)
export class StreamController {
  constructor(
    private readonly gate: Gate,
    private readonly streams: OpenStreams,
    private readonly problems: ProblemFilter,
  ) {}

  /** A browser that resumes keeps the address it began with, so its `Last-Event-ID` is the later word. */
  @Get(':id/stream')
  async stream(
    @CurrentActor() actor: Actor,
    @Param('id', TaskId) id: string,
    @Query(new Decode(streamSchema)) query: z.output<typeof streamSchema>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = decode(streamHeadersSchema, request.headers)['last-event-id'] ?? query.after ?? 0;
    const { signal, done } = this.streams.begin();
    reply.raw.once('close', done);
    try {
      const updates = await this.gate.query(actor, new WatchTask(id, after, signal));
      reply.hijack();
      reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...STREAM_HEADERS });
      await pump(updates, reply.raw, signal, (error) =>
        encodeProblem(this.problems.problemOf(error, request)),
      );
    } catch (error) {
      done();
      throw error;
    }
  }
}
