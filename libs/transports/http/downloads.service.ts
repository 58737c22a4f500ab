import { pipeline } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Injectable } from '@nestjs/common';
import { SessionWatch } from '#access';
import type { Actor } from '#contract';
import { MeshError } from '#errors';
import { OpenStreams } from './open-streams.js';
import { ProblemFilter } from './problem.filter.js';

export type Download = Readonly<{
  headers: Readonly<Record<string, string>>;
  content: AsyncIterable<string | Uint8Array>;
}>;

/** Sends files: never faster than the reader takes them, and no longer than the session lasts. */
@Injectable()
export class Downloads {
  constructor(
    private readonly streams: OpenStreams,
    private readonly sessions: SessionWatch,
    private readonly problems: ProblemFilter,
  ) {}

  /** What cannot be told to its end is cut, so that no part of it looks whole. */
  async send(
    actor: Actor,
    request: FastifyRequest,
    reply: FastifyReply,
    open: (signal: AbortSignal) => Promise<Download>,
  ): Promise<void> {
    const { signal, done } = this.streams.begin();
    reply.raw.once('close', done);
    try {
      const alive = await this.sessions.alive(actor, signal);
      if (alive.aborted)
        throw new MeshError('unauthenticated', 'the session has ended', { hint: 'sign in again' });
      alive.addEventListener('abort', done, { once: true, signal });
      const { headers, content } = await open(signal);
      reply.hijack();
      reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers });
      await pipeline(content, reply.raw, { signal }).catch((error: unknown) => {
        if (!signal.aborted) this.problems.problemOf(error, request); // where it is logged
      });
    } catch (error) {
      done();
      throw error;
    }
  }
}
