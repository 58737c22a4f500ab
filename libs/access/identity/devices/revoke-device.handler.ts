import type { ICommandHandler } from '@nestjs/cqrs';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import { Devices } from './devices.service.js';

/** For a device that is lost: its key counts for nothing any more, and what was begun on it ends. */
export class RevokeDevice extends GuardedCommand<void> {
  constructor(readonly deviceId: string) {
    super();
  }
}

@GuardedHandler(RevokeDevice, ({ deviceId }) => ({
  permissions: [],
  resource: { type: 'device', id: deviceId },
  recorded: true,
  action: 'device.revoke',
}))
export class RevokeDeviceHandler implements ICommandHandler<RevokeDevice> {
  constructor(
    private readonly callers: Callers,
    private readonly devices: Devices,
  ) {}

  async execute({ deviceId, cause: { actor } }: RevokeDevice): Promise<void> {
    this.callers.refuseMachine(actor, 'revoke a device');
    await this.devices.revoke(actor.tenant, deviceId);
  }
}
