/** Who made the records, as the formats that ask for it say it. */
export abstract class AuditProduct {
  /** e.g. `2.0.0`. */
  abstract readonly version: string;
}

export const VENDOR = 'CoderClaw';
export const PRODUCT = 'CoderClaw Mesh';
