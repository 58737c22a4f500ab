import type { ServerResponse } from 'node:http';
import { Controller, Get, Param, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Gate, SessionWatch } from '#access';
import { decode } from '#contract';
import type { Actor } from '#contract';
import { MeshError } from '#errors';
import { WatchTask } from '#read-models';
import { Decode } from './decode.pipe.js';
import { OpenStreams } from './open-streams.js';
import { ProblemFilter } from './problem.filter.js';
import { streamHeadersSchema, streamSchema } from './requests.js';
import { pump } from './sse.js';
import { TaskId } from './task-id.pipe.js';
import { encodeProblem } from './wire.js';
import { CurrentActor, SignedInGuard } from './signed-in.guard.js';

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no', // nginx would otherwise keep events back
  connection: 'close',
} as const;

const SESSION_ENDED = new MeshError('unauthenticated', 'the session of this stream has ended', {
  hint: 'sign in again, and resume after the last version you have',
});

/** A reader who takes nothing hears no last word. */
const LAST_WORD_MS = 250;

type Ending = Readonly<{
  alive: AbortSignal;
  last: () => string;
  /** The stream's own signal: when it aborts, nobody waits for `alive` any more. */
  signal: AbortSignal;
  done: () => void;
}>;

/** Ends a stream when its caller may not go on: with a last word where there is a reader for it, and at once. */
function endWith(response: ServerResponse, { alive, last, signal, done }: Ending): void {
  const end = () => {
    response.end(last(), done);
    setTimeout(done, LAST_WORD_MS).unref();
  };
  if (alive.aborted) end();
  else alive.addEventListener('abort', end, { once: true, signal });
}

@Controller('/v1/tasks')
@UseGuards(SignedInGuard)
export class StreamController {
  constructor(
    private readonly gate: Gate,
    private readonly streams: OpenStreams,
    private readonly sessions: SessionWatch,
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
      const alive = await this.sessions.alive(actor, signal);
      const updates = await this.gate.query(actor, new WatchTask(id, after, signal));
      reply.hijack();
      reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...STREAM_HEADERS });
      const describe = (error: unknown) => encodeProblem(this.problems.problemOf(error, request));
      endWith(reply.raw, { alive, last: () => describe(SESSION_ENDED), signal, done });
      await pump(updates, reply.raw, signal, describe);
    } catch (error) {
      done();
      throw error;
    }
  }
}
