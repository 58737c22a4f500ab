/** How long sessions and their tokens live. One object, so that an app may provide other values. */
export class SessionLimits {
  /** Without a refresh. @default 7 days */
  readonly idleMs: number;
  /** In all. @default 30 days */
  readonly absoluteMs: number;
  /** An access token. @default 15 minutes */
  readonly accessTokenMs: number;

  constructor(limits: Partial<SessionLimits> = {}) {
    this.idleMs = limits.idleMs ?? 7 * DAY_MS;
    this.absoluteMs = limits.absoluteMs ?? 30 * DAY_MS;
    this.accessTokenMs = limits.accessTokenMs ?? 15 * 60_000;
  }
}

const DAY_MS = 24 * 60 * 60_000;
