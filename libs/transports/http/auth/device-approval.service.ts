import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApproveDeviceCode, Authenticator, Gate, GetDeviceCode, SessionRenewal } from '#access';
import type { SignedIn } from '#access';
import type { Actor } from '#contract';
import { HttpServerOptions } from '../http-options.js';
import { cameBy, presentedBy } from '../signed-in.guard.js';
import { Origins } from './origin.service.js';
import { decidedPage, decisionPage } from './pages.js';

/** What the page's own session is: as long as a device code lives, and nothing of it is kept. */
export const PAGE_SESSION = { ttlMs: 10 * 60_000, refreshable: false } as const;

/** Lets a person decide about a device in a session of its own, which ends with the decision. */
@Injectable()
export class DeviceApproval {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly gate: Gate,
    private readonly renewal: SessionRenewal,
    private readonly origins: Origins,
    private readonly options: HttpServerOptions,
  ) {}

  /** The page on which whoever has just signed in decides. @throws {MeshError} `not_found` if no device shows the code */
  async ask({ accessToken }: SignedIn, userCode: string, request: FastifyRequest): Promise<string> {
    const actor = await this.actorOf(accessToken, request);
    try {
      const { client } = await this.gate.query(actor, new GetDeviceCode(userCode));
      return decisionPage({ client, userCode, userName: actor.userName ?? actor.id, token: accessToken });
    } catch (error) {
      await this.leave(actor, request);
      throw error;
    }
  }

  /** Does as the person decided, and says so. @throws {MeshError} `not_found` if no device shows the code any more */
  async decide(token: string, userCode: string, approved: boolean, request: FastifyRequest): Promise<string> {
    const actor = await this.actorOf(token, request);
    try {
      const { client } = await this.gate.execute(actor, new ApproveDeviceCode(userCode, approved));
      return decidedPage(client, approved);
    } finally {
      await this.leave(actor, request);
    }
  }

  private async actorOf(token: string, request: FastifyRequest): Promise<Actor> {
    const presented = presentedBy(request, this.options);
    const shown = { ...presented, authorization: `Bearer ${token}`, proof: undefined };
    return cameBy(request, presented.address, await this.authenticator.authenticate(shown));
  }

  private leave(actor: Actor, request: FastifyRequest): Promise<void> {
    return this.renewal.logout(actor, this.origins.ofBrowser(request));
  }
}
