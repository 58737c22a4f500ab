import type { RuntimeMode } from '#contract';

/** Port. Which program this is, and how it was started. */
export abstract class RuntimeIdentity {
  /** As in package.json. */
  abstract readonly version: string;
  abstract readonly mode: RuntimeMode;
  abstract readonly startedAt: Date;
}
