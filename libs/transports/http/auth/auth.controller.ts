import { Body, Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { JobTokens, OneTimeSignIn, SessionRenewal, SignIn } from '#access';
import type { SignedIn } from '#access';
import type { Actor } from '#contract';
import { Decode } from '../decode.pipe.js';
import { CurrentActor, SignedInGuard } from '../signed-in.guard.js';
import { Origins } from './origin.service.js';
import { jobSchema, localSchema, newPasswordSchema, refreshSchema, setupSchema } from './schemas.js';
import type { JobSignIn, LocalSignIn, NewPassword, Refresh, Setup } from './schemas.js';

/** Signing in, going on and signing out, as JSON. */
@Controller('/v1/auth')
export class AuthController {
  constructor(
    private readonly origins: Origins,
    private readonly signIn: SignIn,
    private readonly renewal: SessionRenewal,
    private readonly oneTime: OneTimeSignIn,
    private readonly jobs: JobTokens,
  ) {}

  @Post('local')
  @HttpCode(200)
  async local(
    @Body(new Decode(localSchema)) { sessionId: resume, ...asked }: LocalSignIn,
    @Req() request: FastifyRequest,
  ): Promise<SignedIn> {
    return this.signIn.local({ ...asked, resume }, await this.origins.of(request));
  }

  @Post('setup')
  @HttpCode(200)
  async setup(
    @Body(new Decode(setupSchema)) { token, name, password }: Setup,
    @Req() request: FastifyRequest,
  ): Promise<SignedIn> {
    const origin = await this.origins.of(request);
    await this.oneTime.setup(token, name, password, origin);
    return this.signIn.local({ name, password }, origin);
  }

  @Post('refresh')
  @HttpCode(200)
  async refresh(
    @Body(new Decode(refreshSchema)) { refreshToken }: Refresh,
    @Req() request: FastifyRequest,
  ): Promise<SignedIn> {
    return this.renewal.refresh(refreshToken, await this.origins.of(request));
  }

  @Post('logout')
  @HttpCode(204)
  @UseGuards(SignedInGuard)
  async logout(@CurrentActor() actor: Actor, @Req() request: FastifyRequest): Promise<void> {
    await this.renewal.logout(actor, await this.origins.ofCaller(request));
  }

  @Post('password')
  @HttpCode(204)
  async password(
    @Body(new Decode(newPasswordSchema)) { resetToken, password }: NewPassword,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.oneTime.resetPassword(resetToken, password, await this.origins.of(request));
  }

  @Post('ci/github')
  @HttpCode(200)
  async job(
    @Body(new Decode(jobSchema)) { token }: JobSignIn,
    @Req() request: FastifyRequest,
  ): Promise<SignedIn> {
    const origin = await this.origins.of(request); // a bad proof must not use the job's token up
    return this.signIn.byCiJob(await this.jobs.signIn(token), origin);
  }
}
