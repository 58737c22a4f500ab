import { expect, it } from 'vitest';
import type { Callers } from '#access';
import { CreateSchedule } from '#commands';
import type { WakeUps } from '#contract';
import { CreateScheduleHandler } from './create-schedule.handler.js';
import type { Schedules } from './schedules.service.js';

const REQUEST = { name: 'often', cron: '* * * * *', task: { description: 'd', input: 'i' } };

/** What is answered where the tenant of the caller has so many schedules. */
async function answerWith(count: number): Promise<unknown> {
  const added: string[] = [];
  const schedules = {
    count: async (tenant: string) => (tenant === 'here' ? count : 0),
    add: async ({ name }: { name: string }) => void added.push(name),
  } as unknown as Schedules;
  const callers = { refuseMachine: () => {}, refuseShortLived: async () => {} } as unknown as Callers;
  const handler = new CreateScheduleHandler(schedules, callers, { signal: () => {} } as unknown as WakeUps);
  const actor = {
    kind: 'user',
    id: 'ada',
    tenant: 'here',
    sessionId: 's',
    roles: [],
    trust: 'trusted',
  } as const;
  const verdict = { allowed: true, rule: '', reason: '', missing: [], policyHash: '', needsApproval: false };
  const cause = { actor, verdict, at: '2026-01-01T00:00:30.000Z', commitId: 'c' };
  await handler.execute(new CreateSchedule(REQUEST).because(cause));
  return added;
}

it('a tenant makes a thousand schedules, and no more', async () => {
  expect(await answerWith(999)).toEqual(['often']);
  await expect(answerWith(1_000)).rejects.toMatchObject({
    code: 'rate_limited',
    message: 'this tenant has 1000 schedules, as many as it may',
  });
});
