import { Body, Controller, Get, HttpCode, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BrowserSignIn, SignIn } from '#access';
import { decode } from '#contract';
import { Decode } from '../decode.pipe.js';
import { DeviceApproval, PAGE_SESSION } from './device-approval.service.js';
import { Origins } from './origin.service.js';
import { PAGE_HEADERS, codePage, signInPage } from './pages.js';
import { ProblemPageFilter } from './problem-page.filter.js';
import { decisionSchema, deviceFormSchema, devicePageSchema, typedInSchema } from './schemas.js';
import type { DeviceForm, DevicePage } from './schemas.js';

/** Where a person lets in a device that has no browser (RFC 8628 §3.3). */
@Controller('/v1/auth/device')
@UseFilters(ProblemPageFilter)
export class DevicePageController {
  constructor(
    private readonly browser: BrowserSignIn,
    private readonly signIn: SignIn,
    private readonly approval: DeviceApproval,
    private readonly origins: Origins,
  ) {}

  @Get()
  show(
    @Query(new Decode(devicePageSchema)) { user_code: userCode }: DevicePage,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string {
    reply.headers(PAGE_HEADERS);
    return userCode === undefined ? codePage() : signInPage(userCode, this.browser.kinds);
  }

  /** Two forms send here: one says who the person is, the other what they decided. */
  @Post()
  @HttpCode(200)
  async submit(
    @Body(new Decode(deviceFormSchema)) form: DeviceForm,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const shown = await (form.token === undefined ? this.enter(form, request) : this.decide(form, request));
    reply.headers(PAGE_HEADERS);
    return shown;
  }

  private async enter(form: DeviceForm, request: FastifyRequest): Promise<string> {
    const { user_code: userCode, ...typed } = decode(typedInSchema, form);
    const signedIn = await this.signIn.local({ ...typed, ...PAGE_SESSION }, this.origins.ofBrowser(request));
    return this.approval.ask(signedIn, userCode, request);
  }

  private decide(form: DeviceForm, request: FastifyRequest): Promise<string> {
    const { user_code: userCode, token, decision } = decode(decisionSchema, form);
    return this.approval.decide(token, userCode, decision === 'approve', request);
  }
}
