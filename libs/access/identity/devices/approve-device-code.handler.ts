import type { ICommandHandler } from '@nestjs/cqrs';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import { DeviceCodes } from './device-codes.service.js';

/** What waits to be let in, as it calls itself. */
export type WaitingClient = Readonly<{ client: string }>;

/** Lets whoever shows this code sign in as the caller, with the roles of this session; or refuses them. */
export class ApproveDeviceCode extends GuardedCommand<WaitingClient> {
  constructor(
    readonly userCode: string,
    readonly approved: boolean,
  ) {
    super();
  }
}

@GuardedHandler(ApproveDeviceCode, () => ({ permissions: [], recorded: true, action: 'auth.device.decide' }))
export class ApproveDeviceCodeHandler implements ICommandHandler<ApproveDeviceCode> {
  constructor(
    private readonly callers: Callers,
    private readonly codes: DeviceCodes,
  ) {}

  async execute({ userCode, approved, cause: { actor } }: ApproveDeviceCode): Promise<WaitingClient> {
    this.callers.refuseMachine(actor, 'let a device in');
    // The page where a person decides has such a session as well, and is for nothing else.
    await this.callers.refuseShortLived(actor, 'let a device in', ({ cancelOnEnd }) => cancelOnEnd);
    const { tenant, id: userId } = await this.callers.userOf(actor);
    const by = { tenant, userId, issuer: actor.issuer ?? 'local', roles: actor.roles };
    return { client: await this.codes.decide(userCode, by, approved) };
  }
}
