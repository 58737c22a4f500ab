import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SignIn, SignInCodes } from '#access';
import type { FollowUp, SignedIn, Vouched } from '#access';
import { HttpServerOptions } from '../http-options.js';
import { DeviceApproval, PAGE_SESSION } from './device-approval.service.js';
import { Origins } from './origin.service.js';
import { programPage } from './pages.js';

/** What follows when a provider has vouched for somebody: tokens, or a page that asks for their word. */
@Injectable()
export class FollowUps {
  constructor(
    private readonly signIn: SignIn,
    private readonly codes: SignInCodes,
    private readonly approval: DeviceApproval,
    private readonly origins: Origins,
    private readonly options: HttpServerOptions,
  ) {}

  /** Tokens, or a page as HTML. @throws {MeshError} as `SignIn.byProfile` */
  async of(person: Vouched, followUp: FollowUp, request: FastifyRequest): Promise<SignedIn | string> {
    const { defaultRoles } = this.options;
    switch (followUp.kind) {
      case 'answer':
        return this.signIn.byProfile({ ...person, defaultRoles }, await this.origins.of(request));
      case 'code':
        return this.sendCode(person, followUp);
      case 'page': {
        const asked = { ...person, ...PAGE_SESSION, defaultRoles };
        const signedIn = await this.signIn.byProfile(asked, this.origins.ofBrowser(request));
        return this.approval.ask(signedIn, followUp.userCode, request);
      }
    }
  }

  private async sendCode(
    person: Vouched,
    { redirectUri, challenge, state }: Extract<FollowUp, { kind: 'code' }>,
  ): Promise<string> {
    const location = new URL(redirectUri);
    location.searchParams.set('code', await this.codes.issue(person, challenge));
    if (state !== undefined) location.searchParams.set('state', state);
    const { displayName, name, email, subject } = person.profile;
    return programPage(displayName ?? name ?? email ?? subject, location);
  }
}
