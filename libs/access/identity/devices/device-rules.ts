/** Port. What a tenant's policy says about devices in general. */
export abstract class DeviceRules {
  /** A device not seen for that many days is untrusted from then on. */
  abstract maxUnseenDays(tenant: string): number;

  /** Whether who came over the Unix socket or in process, and so is the server's own user, needs no device. */
  abstract autoTrustLocal(tenant: string): boolean;
}

/** What holds where no policy says anything. */
export class DefaultDeviceRules extends DeviceRules {
  override maxUnseenDays(): number {
    return 90;
  }

  override autoTrustLocal(): boolean {
    return false;
  }
}
