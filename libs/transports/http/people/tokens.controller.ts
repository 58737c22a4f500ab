import { Body, Controller, Delete, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import type { z } from 'zod';
import { CreateToken, Gate, ListTokens, RevokeToken, machineTokenSchema } from '#access';
import { taskIdSchema } from '#contract';
import type { Actor } from '#contract';
import { Decode } from '../decode.pipe.js';
import { CurrentActor, SignedInGuard } from '../signed-in.guard.js';

@Controller('/v1/tokens')
@UseGuards(SignedInGuard)
export class TokensController {
  constructor(private readonly gate: Gate) {}

  @Get()
  async list(@CurrentActor() actor: Actor) {
    return { tokens: await this.gate.query(actor, new ListTokens()) };
  }

  @Post()
  create(
    @CurrentActor() actor: Actor,
    @Body(new Decode(machineTokenSchema)) asked: z.output<typeof machineTokenSchema>,
  ) {
    return this.gate.execute(actor, new CreateToken(asked));
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(
    @CurrentActor() actor: Actor,
    @Param('id', new Decode(taskIdSchema)) id: string,
  ): Promise<void> {
    await this.gate.execute(actor, new RevokeToken(id));
  }
}
