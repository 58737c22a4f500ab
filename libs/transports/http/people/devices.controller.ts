import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { EnrollDevice, Gate, ListDevices, RevokeDevice, TrustDevice, enrollSchema } from '#access';
import { taskIdSchema } from '#contract';
import type { Actor } from '#contract';
import { MeshError } from '#errors';
import { Origins } from '../auth/origin.service.js';
import { Decode } from '../decode.pipe.js';
import { CurrentActor, SignedInGuard } from '../signed-in.guard.js';
import { trustBodySchema } from './requests.js';

const Id = new Decode(taskIdSchema);

@Controller('/v1/devices')
@UseGuards(SignedInGuard)
export class DevicesController {
  constructor(
    private readonly gate: Gate,
    private readonly origins: Origins,
  ) {}

  @Get()
  async list(@CurrentActor() actor: Actor) {
    return { devices: await this.gate.query(actor, new ListDevices()) };
  }

  /** The request itself is the proof: it is signed by the key that it enrols. */
  @Post()
  async enroll(
    @CurrentActor() actor: Actor,
    @Body(new Decode(enrollSchema)) asked: z.output<typeof enrollSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { key } = await this.origins.ofCaller(request);
    if (key === undefined)
      throw new MeshError('invalid_request', 'the request is signed by no key', {
        field: 'DPoP',
        hint: 'send a DPoP header signed by the key that you enrol (RFC 9449)',
      });
    return this.gate.execute(actor, new EnrollDevice(asked, key));
  }

  @Post(':id/trust')
  @HttpCode(200)
  trust(
    @CurrentActor() actor: Actor,
    @Param('id', Id) id: string,
    @Body(new Decode(trustBodySchema)) { trust }: z.output<typeof trustBodySchema>,
  ) {
    return this.gate.execute(actor, new TrustDevice(id, trust));
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(@CurrentActor() actor: Actor, @Param('id', Id) id: string): Promise<void> {
    await this.gate.execute(actor, new RevokeDevice(id));
  }
}
