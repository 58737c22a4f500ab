import { Injectable } from '@nestjs/common';
import { Devices, SessionEnds, Throttle } from '#access';
import { Logger } from '#contract';
import type { Stop } from '#contract';
import { messageOf } from '#errors';

const EVERY_MS = 60 * 60_000;

/** What falls or is over with time: devices nobody saw, tokens nobody can use, blocks nobody runs into. */
@Injectable()
export class Tidying {
  constructor(
    private readonly ends: SessionEnds,
    private readonly devices: Devices,
    private readonly throttle: Throttle,
    private readonly logger: Logger,
  ) {}

  /** Once an hour, and at once. What fails is tried again the next time. */
  start(): Stop {
    const timer = setInterval(() => void this.tidy(), EVERY_MS).unref();
    const first = this.tidy();
    return async () => {
      clearInterval(timer);
      await first;
    };
  }

  private async tidy(): Promise<void> {
    const tidied = await Promise.allSettled([
      this.ends.deleteOldTokens(),
      this.devices.fallUnseen(),
      this.throttle.sweep(),
    ]);
    for (const one of tidied) {
      if (one.status === 'rejected')
        this.logger.warn('what is over will be tidied up later', { error: messageOf(one.reason) });
    }
  }
}
