import type { TrustLevel } from '#contract';

/** Somebody as they are now, whatever they were when they asked. */
export type Subject = Readonly<{
  roles: readonly string[];
  /** Of the device they asked from; none if it was no device we know, or is one no more. */
  trust?: TrustLevel | undefined;
}>;

/** Port. Knows who people are now. */
export abstract class Subjects {
  /** `null` for somebody who is unknown or disabled. @throws {MeshError} `unavailable` */
  abstract of(tenant: string, userId: string, deviceId: string | undefined): Promise<Subject | null>;
}
