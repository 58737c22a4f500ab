import type { ICommandHandler } from '@nestjs/cqrs';
import type { z } from 'zod';
import { decode } from '#contract';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import { enrollSchema } from './device.js';
import type { Device } from './device.js';
import { Devices } from './devices.service.js';

/** Enrols a key of the caller. The transport has verified a proof by it: `jkt` is that key's thumbprint. */
export class EnrollDevice extends GuardedCommand<Device> {
  constructor(
    readonly asked: z.input<typeof enrollSchema>,
    readonly jkt: string,
  ) {
    super();
  }
}

@GuardedHandler(EnrollDevice, () => ({ permissions: [], recorded: true, action: 'device.enroll' }))
export class EnrollDeviceHandler implements ICommandHandler<EnrollDevice> {
  constructor(
    private readonly callers: Callers,
    private readonly devices: Devices,
  ) {}

  async execute({ asked, jkt, cause: { actor } }: EnrollDevice): Promise<Device> {
    const { name, jwk } = decode(enrollSchema, asked);
    this.callers.refuseMachine(actor, 'enrol a device');
    await this.callers.refuseShortLived(actor, 'enrol a device');
    const { tenant, id: userId } = await this.callers.userOf(actor);
    return this.devices.enroll({ tenant, userId, name, jwk, jkt });
  }
}
