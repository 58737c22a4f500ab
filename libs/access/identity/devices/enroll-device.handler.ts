import type { ICommandHandler } from '@nestjs/cqrs';
import type { z } from 'zod';
import { decode } from '#contract';
import { thumbprintOf } from '#contract/dpop';
import { MeshError } from '#errors';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import { enrollSchema } from './device.js';
import type { Device } from './device.js';
import { Devices } from './devices.service.js';

/** Enrols a key of the caller. `jkt` is the thumbprint of the key whose proof the transport has verified. */
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
    await refuseUnproven(jwk, jkt);
    this.callers.refuseMachine(actor, 'enrol a device');
    await this.callers.refuseShortLived(actor, 'enrol a device');
    const { tenant, id: userId } = await this.callers.userOf(actor);
    return this.devices.enroll({ tenant, userId, name, jwk, jkt });
  }
}

/** A key that its holder has not shown would be listed as theirs. @throws {MeshError} `invalid_request` */
async function refuseUnproven(jwk: z.output<typeof enrollSchema>['jwk'], jkt: string): Promise<void> {
  const told = await thumbprintOf(jwk);
  if (told === jkt) return;
  throw new MeshError(
    'invalid_request',
    `jwk: its thumbprint is ${told}, but the request is signed by ${jkt}`,
    {
      field: 'jwk',
      hint: 'send the public half of the key that signs the request',
    },
  );
}
