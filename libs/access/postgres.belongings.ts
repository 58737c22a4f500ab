import { Injectable } from '@nestjs/common';
import { isUuid } from '#contract';
import { EventStore } from '#event-store';
import type { Stored } from '#event-store';
import { Belongings } from './demand.js';
import type { Belonging, Resource, ResourceType } from './demand.js';
import { IdentitySql } from './identity/identity-sql.service.js';

const SESSION = `select tenant, user_id as "userId", id as "sessionId" from session where id = $1`;

/** How each kind of thing says whose it is. Tasks are in the log. */
const WHOSE = {
  session: SESSION,
  context: SESSION,
  memory: SESSION,
  device: `select tenant, user_id as "userId" from device where id = $1 and revoked_at is null`,
  token: `select tenant, user_id as "userId" from session where id = $1 and issuer = 'token' and ended_at is null`,
  user: `select tenant, id as "userId" from app_user where id = $1`,
  schedule: `select tenant, user_id as "userId" from schedule where id = $1`,
  tenant: `select id as tenant from tenant where id = $1`,
} as const satisfies Record<Exclude<ResourceType, 'task'>, string>;

const HAS_UUID: ReadonlySet<ResourceType> = new Set(['device', 'schedule', 'token', 'user']);

/** Whose things are, from the log and from the tables of people. */
@Injectable()
export class PostgresBelongings extends Belongings {
  constructor(
    private readonly sql: IdentitySql,
    private readonly store: EventStore,
  ) {
    super();
  }

  override async of(
    { type, id }: Resource,
    isVisible: (belonging: Belonging) => boolean,
  ): Promise<Belonging | null> {
    if (type === 'task') return this.ofTask(id, isVisible);
    if (HAS_UUID.has(type) && !isUuid(id)) return null;
    const [row] = await this.sql.rows<Belonging>(WHOSE[type], id);
    return row ?? null;
  }

  private async ofTask(id: string, isVisible: (belonging: Belonging) => boolean): Promise<Belonging | null> {
    const stored = await this.store.peek(id, (remembered) => isVisible(belongingOf(remembered)));
    return stored && belongingOf(stored);
  }
}

const belongingOf = ({ tenant, task: { ownerId, sessionId } }: Stored): Belonging => ({
  tenant,
  userId: ownerId,
  sessionId,
});
