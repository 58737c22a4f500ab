import { Body, Controller, Get, Headers, Post, Put, UseGuards } from '@nestjs/common';
import type { z } from 'zod';
import {
  CreateTenant,
  Gate,
  GetLimits,
  ListTenants,
  SetLimits,
  createTenantSchema,
  limitsSchema,
} from '#access';
import type { Actor } from '#contract';
import { Decode } from '../decode.pipe.js';
import { CurrentActor, SignedInGuard } from '../signed-in.guard.js';
import { expectedVersion } from './requests.js';

@Controller('/v1')
@UseGuards(SignedInGuard)
export class TenantsController {
  constructor(private readonly gate: Gate) {}

  @Get('tenants')
  async tenants(@CurrentActor() actor: Actor) {
    return { tenants: await this.gate.query(actor, new ListTenants()) };
  }

  @Post('tenants')
  create(
    @CurrentActor() actor: Actor,
    @Body(new Decode(createTenantSchema)) asked: z.output<typeof createTenantSchema>,
  ) {
    return this.gate.execute(actor, new CreateTenant(asked));
  }

  @Get('limits')
  limits(@CurrentActor() actor: Actor) {
    return this.gate.query(actor, new GetLimits());
  }

  @Put('limits')
  setLimits(
    @CurrentActor() actor: Actor,
    @Body(new Decode(limitsSchema)) limits: z.output<typeof limitsSchema>,
    @Headers('if-match') ifMatch: string | undefined,
  ) {
    return this.gate.execute(actor, new SetLimits(limits, expectedVersion(ifMatch)));
  }
}
