import { pipeline } from 'node:stream/promises';
import { Controller, Get, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Gate, SessionWatch } from '#access';
import { EXPORT_FORMATS, ExportAudit } from '#audit';
import { auditExportSchema, auditQuerySchema } from '#contract';
import type { Actor, AuditExport, AuditPage, AuditQuery } from '#contract';
import { MeshError } from '#errors';
import { GetAudit, GetOwnAudit } from '#read-models';
import { inChunks } from './chunks.js';
import { Decode } from './decode.pipe.js';
import { OpenStreams } from './open-streams.js';
import { ProblemFilter } from './problem.filter.js';
import { CurrentActor, SignedInGuard } from './signed-in.guard.js';

@Controller('/v1/audit')
@UseGuards(SignedInGuard)
export class AuditController {
  constructor(
    private readonly gate: Gate,
    private readonly streams: OpenStreams,
    private readonly sessions: SessionWatch,
    private readonly problems: ProblemFilter,
  ) {}

  /** Who names his own session asks for less, and so needs no permission. */
  @Get()
  search(
    @CurrentActor() actor: Actor,
    @Query(new Decode(auditQuerySchema)) { sessionId, ...asked }: AuditQuery,
  ): Promise<AuditPage> {
    const own = sessionId === actor.sessionId;
    return this.gate.query(actor, own ? new GetOwnAudit(asked) : new GetAudit({ ...asked, sessionId }));
  }

  /** Never faster than the reader takes it. What cannot be told to its end is cut, so that no part of it looks whole. */
  @Get('export')
  async export(
    @CurrentActor() actor: Actor,
    @Query(new Decode(auditExportSchema)) asked: AuditExport,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { signal, done } = this.streams.begin();
    reply.raw.once('close', done);
    try {
      const alive = await this.sessions.alive(actor, signal);
      if (alive.aborted)
        throw new MeshError('unauthenticated', 'the session has ended', { hint: 'sign in again' });
      alive.addEventListener('abort', done, { once: true, signal });
      const lines = await this.gate.query(actor, new ExportAudit(asked, signal));
      const { contentType, extension } = EXPORT_FORMATS[asked.format ?? 'jsonl'];
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': contentType,
        'content-disposition': `attachment; filename="coderclaw-audit.${extension}"`,
      });
      await pipeline(inChunks(lines), reply.raw, { signal }).catch((error: unknown) => {
        if (!signal.aborted) this.problems.problemOf(error, request); // where it is logged
      });
    } catch (error) {
      done();
      throw error;
    }
  }
}
