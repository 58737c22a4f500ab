import type { IQueryHandler } from '@nestjs/cqrs';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import type { WaitingClient } from './approve-device-code.handler.js';
import { DeviceCodes } from './device-codes.service.js';

/** Who shows this code: to be looked at before it is approved. */
export class GetDeviceCode extends GuardedQuery<WaitingClient> {
  constructor(readonly userCode: string) {
    super();
  }
}

@GuardedQueryHandler(GetDeviceCode, () => ({ permissions: [], action: 'auth.device.read' }))
export class GetDeviceCodeHandler implements IQueryHandler<GetDeviceCode> {
  constructor(
    private readonly callers: Callers,
    private readonly codes: DeviceCodes,
  ) {}

  async execute({ userCode, scope: { actor } }: GetDeviceCode): Promise<WaitingClient> {
    this.callers.refuseMachine(actor, 'let a device in');
    return { client: await this.codes.clientOf(userCode, actor.id) };
  }
}
