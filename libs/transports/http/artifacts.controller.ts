import { Controller, Get, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Gate } from '#access';
import type { StoredArtifact } from '#artifacts';
import { DownloadArtifact, PutArtifact } from '#commands';
import type { Actor } from '#contract';
import { BINARY, uploadOf } from './bodies.js';
import { Decode } from './decode.pipe.js';
import { digestIn } from './digest-header.js';
import { Downloads } from './downloads.service.js';
import { artifactNameSchema } from './requests.js';
import { TaskId } from './task-id.pipe.js';
import { CurrentActor, SignedInGuard } from './signed-in.guard.js';

@Controller('/v1')
@UseGuards(SignedInGuard)
export class ArtifactsController {
  constructor(
    private readonly gate: Gate,
    private readonly downloads: Downloads,
  ) {}

  @Post('artifacts')
  async put(@CurrentActor() actor: Actor, @Req() request: FastifyRequest): Promise<StoredArtifact> {
    return this.gate.execute(actor, new PutArtifact(uploadOf(request), digestIn(request.headers)));
  }

  /** As a file to be kept, whatever it is: a browser is to run nothing of what an agent wrote. */
  @Get('tasks/:id/artifacts/:name')
  get(
    @CurrentActor() actor: Actor,
    @Param('id', TaskId) id: string,
    @Param('name', new Decode(artifactNameSchema)) name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.downloads.send(actor, request, reply, async () => {
      const { bytes, content } = await this.gate.query(actor, new DownloadArtifact(id, name));
      const headers = {
        'content-type': BINARY,
        'content-length': String(bytes),
        'content-disposition': `attachment; filename*=UTF-8''${fileNameOf(name)}`,
      };
      return { headers, content };
    });
  }
}

/** The last part of the name, in the alphabet of RFC 8187. */
const fileNameOf = (name: string): string =>
  encodeURIComponent(name.split('/').at(-1) || 'artifact').replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
