import { Injectable } from '@nestjs/common';
import { IdentitySql } from '#access';
import type { Schedule, ScheduleResult } from '#contract';
import type { Submitter } from '#task';

/** A schedule as it is kept: with the rights that its creator had, and when it is next. */
export type KeptSchedule = Omit<Schedule, 'nextTimes'> &
  Readonly<{ tenant: string; creator: Submitter; nextAt: string }>;

type Row = Readonly<{
  id: string;
  tenant: string;
  user_id: string;
  session_id: string;
  name: string;
  cron: string;
  time_zone: string;
  overlap: Schedule['overlap'];
  task: string;
  creator: string;
  created_at: Date;
  next_at: Date;
  last: string | null;
}>;

/** The table of schedules. */
@Injectable()
export class Schedules {
  constructor(private readonly sql: IdentitySql) {}

  async add(schedule: KeptSchedule): Promise<void> {
    const { id, tenant, ownerId, sessionId, name, cron, timeZone, overlap, createdAt, nextAt } = schedule;
    const [task, creator] = [schedule.task, schedule.creator].map((value) => JSON.stringify(value));
    const whose = [id, tenant, ownerId, sessionId];
    await this.sql.rows(ADD, ...whose, name, cron, timeZone, overlap, task, creator, createdAt, nextAt);
  }

  /** All of a tenant, or of one user, the oldest first. */
  async list(tenant: string, userId?: string): Promise<readonly KeptSchedule[]> {
    return (await this.sql.rows<Row>(LIST, tenant, userId ?? null)).map(scheduleOf);
  }

  async find(id: string): Promise<KeptSchedule | undefined> {
    return (await this.sql.rows<Row>(FIND, id)).map(scheduleOf)[0];
  }

  async delete(id: string): Promise<void> {
    await this.sql.rows(`delete from schedule where id = $1`, id);
  }

  /** The next ones but for some, soonest first, whether their time has come or not. */
  async next(limit: number, except: readonly string[] = []): Promise<readonly KeptSchedule[]> {
    return (await this.sql.rows<Row>(NEXT, limit, except)).map(scheduleOf);
  }

  /** How many a tenant has. */
  async count(tenant: string): Promise<number> {
    const [row] = await this.sql.rows<{ count: number }>(COUNT, tenant);
    return row?.count ?? 0;
  }

  /** Digests of the archives that tasks to come are to work on, of all tenants. */
  async archives(): Promise<readonly string[]> {
    return (await this.sql.rows<{ archive: string }>(ARCHIVES)).map(({ archive }) => archive);
  }

  /** Notes what came of a time, and when the next is. Answers whether it was still to be done. */
  async done({ id, nextAt }: KeptSchedule, last: ScheduleResult, next: Date): Promise<boolean> {
    const done = await this.sql.rows(DONE, id, nextAt, next.toISOString(), JSON.stringify(last));
    return done.length > 0;
  }
}

const ADD = `insert into schedule (id, tenant, user_id, session_id, name, cron, time_zone, overlap, task, creator,
    created_at, next_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`;
const LIST = `select * from schedule where tenant = $1 and ($2::text is null or user_id = $2) order by created_at, id`;
const FIND = `select * from schedule where id = $1`;
const NEXT = `select * from schedule where id <> all ($2::uuid[]) order by next_at limit $1`;
const COUNT = `select count(*)::int as count from schedule where tenant = $1`;
const ARCHIVES = `select distinct task::jsonb -> 'workspace' ->> 'archive' as archive from schedule
  where task::jsonb -> 'workspace' ->> 'archive' is not null`;
const DONE = `update schedule set next_at = $3, last = $4 where id = $1 and next_at = $2 returning id`;

const scheduleOf = (row: Row): KeptSchedule => ({
  id: row.id,
  tenant: row.tenant,
  ownerId: row.user_id,
  sessionId: row.session_id,
  name: row.name,
  cron: row.cron,
  timeZone: row.time_zone,
  overlap: row.overlap,
  task: JSON.parse(row.task) as Schedule['task'],
  creator: JSON.parse(row.creator) as Submitter,
  createdAt: row.created_at.toISOString(),
  nextAt: row.next_at.toISOString(),
  ...(row.last === null ? {} : { last: JSON.parse(row.last) as ScheduleResult }),
});
