import type { IQueryHandler } from '@nestjs/cqrs';
import { isUuid } from '#contract';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import type { Device } from './device.js';
import { Devices } from './devices.service.js';

/** The caller's devices, or all of the tenant. */
export class ListDevices extends GuardedQuery<readonly Device[]> {
  constructor(readonly all = false) {
    super();
  }
}

@GuardedQueryHandler(ListDevices, ({ all }) => ({
  permissions: all ? ['admin:all'] : [],
  action: 'device.list',
}))
export class ListDevicesHandler implements IQueryHandler<ListDevices> {
  constructor(private readonly devices: Devices) {}

  async execute({ all, scope: { tenant, actor } }: ListDevices): Promise<readonly Device[]> {
    if (all) return this.devices.list(tenant);
    return isUuid(actor.id) ? this.devices.list(tenant, actor.id) : [];
  }
}
