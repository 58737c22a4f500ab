import { Body, Controller, Get, Headers, HttpCode, Post, Put, UseGuards } from '@nestjs/common';
import { CheckPolicy, Gate, GetPolicy, SetPolicy, policyCheckSchema } from '#access';
import type { PolicyCheck } from '#access';
import type { Actor } from '#contract';
import { decodePolicy } from '#policy';
import { Decode } from '../decode.pipe.js';
import { CurrentActor, SignedInGuard } from '../signed-in.guard.js';
import { expectedVersion } from './requests.js';

@Controller('/v1/policy')
@UseGuards(SignedInGuard)
export class PolicyController {
  constructor(private readonly gate: Gate) {}

  @Get()
  get(@CurrentActor() actor: Actor) {
    return this.gate.query(actor, new GetPolicy());
  }

  @Put()
  set(
    @CurrentActor() actor: Actor,
    @Body() document: unknown,
    @Headers('if-match') ifMatch: string | undefined,
  ) {
    return this.gate.execute(actor, new SetPolicy(decodePolicy(document), expectedVersion(ifMatch)));
  }

  @Post('check')
  @HttpCode(200)
  check(@CurrentActor() actor: Actor, @Body(new Decode(policyCheckSchema)) check: PolicyCheck) {
    return this.gate.query(actor, new CheckPolicy(check));
  }
}
