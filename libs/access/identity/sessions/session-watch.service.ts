import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Clock, Logger } from '#contract';
import type { Actor } from '#contract';
import { messageOf } from '#errors';
import { AccessChanges } from '../access-changes.service.js';
import { DeviceRules } from '../devices/device-rules.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import { isStillGood } from './still-good.js';
import type { StandingRow } from './still-good.js';

const CHECK_EVERY_MS = 500;

type Watched = Readonly<{ actor: Actor; controller: AbortController }>;

/** What a watch needs to know besides the tables. */
@Injectable()
export class SessionWatchSources {
  constructor(
    readonly changes: AccessChanges,
    readonly rules: DeviceRules,
    readonly clock: Clock,
    readonly logger: Logger,
  ) {}
}

/**
 * Ends what stays open when its caller may not go on: a session that ended, a disabled user, roles or trust that were
 * taken. All that are watched are looked at in one query twice a second, with or without a broker, and at once when
 * `AccessChanges` says so.
 */
@Injectable()
export class SessionWatch implements OnModuleDestroy {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;
  private readonly stopListening: () => void;

  constructor(
    private readonly sql: IdentitySql,
    private readonly sources: SessionWatchSources,
  ) {
    this.stopListening = sources.changes.listen((change) => {
      if (change.sessions || change.users || change.devices) this.checkSoon();
    });
  }

  /**
   * A signal that aborts, within a second, when the actor may not go on; at once if that is so already. Callers whose
   * session is kept nowhere (the local user, configured tokens) go on for ever.
   *
   * @param until aborts when the caller is done, so that nobody watches for nothing
   */
  async alive(actor: Actor, until: AbortSignal): Promise<AbortSignal> {
    const controller = new AbortController();
    if (actor.kind !== 'user' || until.aborted) return controller.signal;
    const watched = { actor, controller };
    this.watched.add(watched);
    until.addEventListener('abort', () => this.forget(watched), { once: true });
    this.timer ??= setInterval(() => this.checkSoon(), CHECK_EVERY_MS).unref();
    await this.check([watched]);
    return controller.signal;
  }

  onModuleDestroy(): void {
    this.stopListening();
    for (const watched of this.watched) this.forget(watched);
  }

  private forget(watched: Watched): void {
    this.watched.delete(watched);
    if (this.watched.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private running: Promise<void> | undefined;
  private again = false;

  /** One look at a time; what changes during one is looked at after it. */
  private checkSoon(): void {
    this.again = true;
    this.running ??= this.checkWhileAsked().finally(() => (this.running = undefined));
  }

  private async checkWhileAsked(): Promise<void> {
    while (this.again) {
      this.again = false;
      try {
        await this.check([...this.watched]);
      } catch (error) {
        this.sources.logger.warn('could not look whether sessions go on', { reason: messageOf(error) });
      }
    }
  }

  private async check(watched: readonly Watched[]): Promise<void> {
    if (watched.length === 0) return;
    const { clock, rules } = this.sources;
    const now = clock.now();
    const sessions = [...new Set(watched.map(({ actor }) => actor.sessionId))];
    const devices = [...new Set(watched.flatMap(({ actor }) => actor.deviceId ?? []))];
    const rows = await this.sql.rows<StandingRow>(STANDING, sessions, devices, now);
    for (const one of watched) {
      if (isStillGood(one.actor, rows, await rules.of(one.actor.tenant, now))) continue;
      this.forget(one);
      one.controller.abort(new DOMException('the session has ended', 'AbortError'));
    }
  }
}

const STANDING = `
  select s.id, s.tenant, s.roles, u.roles as user_roles, d.id as device_id, d.trust, d.last_seen_at,
    s.ended_at is null and s.expires_at > $3 and u.disabled_at is null as goes_on
  from session s join app_user u on u.id = s.user_id
  left join device d on d.id = any($2::uuid[]) and d.user_id = s.user_id and d.revoked_at is null
  where s.id = any($1)`;
