import { Controller, Get, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Gate } from '#access';
import { EXPORT_FORMATS, ExportAudit } from '#audit';
import { auditExportSchema, auditQuerySchema } from '#contract';
import type { Actor, AuditExport, AuditPage, AuditQuery } from '#contract';
import { GetAudit, GetOwnAudit } from '#read-models';
import { inChunks } from './chunks.js';
import { Decode } from './decode.pipe.js';
import { Downloads } from './downloads.service.js';
import { CurrentActor, SignedInGuard } from './signed-in.guard.js';

@Controller('/v1/audit')
@UseGuards(SignedInGuard)
export class AuditController {
  constructor(
    private readonly gate: Gate,
    private readonly downloads: Downloads,
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

  @Get('export')
  export(
    @CurrentActor() actor: Actor,
    @Query(new Decode(auditExportSchema)) asked: AuditExport,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.downloads.send(actor, request, reply, async (signal) => {
      const lines = await this.gate.query(actor, new ExportAudit(asked, signal));
      const { contentType, extension } = EXPORT_FORMATS[asked.format ?? 'jsonl'];
      const headers = {
        'content-type': contentType,
        'content-disposition': `attachment; filename="coderclaw-audit.${extension}"`,
      };
      return { headers, content: inChunks(lines) };
    });
  }
}
