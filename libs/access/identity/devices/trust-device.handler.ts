import type { ICommandHandler } from '@nestjs/cqrs';
import { decode } from '#contract';
import type { TrustLevel } from '#contract';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { trustSchema } from './device.js';
import type { Device } from './device.js';
import { Devices } from './devices.service.js';

/** Says what is thought of a device. For admins: trust does not rise by itself. */
export class TrustDevice extends GuardedCommand<Device> {
  constructor(
    readonly deviceId: string,
    readonly trust: TrustLevel,
  ) {
    super();
  }
}

@GuardedHandler(TrustDevice, ({ deviceId }) => ({
  permissions: ['admin:all'],
  resource: { type: 'device', id: deviceId },
  recorded: true,
  action: 'device.trust',
}))
export class TrustDeviceHandler implements ICommandHandler<TrustDevice> {
  constructor(private readonly devices: Devices) {}

  async execute({ deviceId, trust, cause: { actor } }: TrustDevice): Promise<Device> {
    return this.devices.setTrust(actor.tenant, deviceId, decode(trustSchema, trust));
  }
}
