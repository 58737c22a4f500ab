import { Body, Controller, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DeviceCodes } from '#access';
import { isMeshError } from '#errors';
import { Decode } from '../decode.pipe.js';
import { HttpServerOptions } from '../http-options.js';
import { originOf } from '../signed-in.guard.js';
import { Grants } from './grants.service.js';
import { OAuthFilter, refusing } from './oauth.filter.js';
import { Origins } from './origin.service.js';
import { deviceCodeSchema, tokenSchema } from './schemas.js';
import type { DeviceCodeRequest, TokenRequest } from './schemas.js';
import { deviceAnswer, tokenAnswer } from './token-answers.js';

/** The endpoints that clients of OAuth know: RFC 8628, RFC 6749. */
@Controller('/v1/auth')
@UseFilters(OAuthFilter)
export class TokenController {
  constructor(
    private readonly origins: Origins,
    private readonly codes: DeviceCodes,
    private readonly grants: Grants,
    private readonly options: HttpServerOptions,
  ) {}

  @Post('device-code')
  @HttpCode(200)
  async deviceCode(
    @Body(new Decode(deviceCodeSchema)) { client, client_id: name = 'a device' }: DeviceCodeRequest,
    @Req() request: FastifyRequest,
  ) {
    const code = await this.codes.start(client ?? name, await this.originOf(request));
    return deviceAnswer(code, originOf(request, this.options));
  }

  @Post('token')
  @HttpCode(200)
  async token(@Body(new Decode(tokenSchema)) asked: TokenRequest, @Req() request: FastifyRequest) {
    return tokenAnswer(await this.grants.take(asked, await this.originOf(request)));
  }

  private originOf(request: FastifyRequest) {
    return this.origins.of(request).catch((error: unknown) => {
      throw isMeshError(error, 'unauthenticated') ? refusing('invalid_dpop_proof', error) : error;
    });
  }
}
