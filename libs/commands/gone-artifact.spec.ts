import { expect, it } from 'vitest';
import { goneArtifact } from './gone-artifact.js';

const task = {
  completedAt: '2026-01-01T00:00:00.000Z',
  artifacts: [{ name: 'a "b".txt', digest: 'sha256:0', bytes: 1 }],
};
const asked = { taskId: '1', name: 'a "b".txt', task, days: 90 };
const on = (day: string) => new Date(`${day}T00:00:00.000Z`);

it('says after how many days an artifact was removed', () => {
  expect(goneArtifact({ ...asked, now: on('2026-04-01') })).toMatchObject({
    code: 'not_found',
    message: 'artifact "a \\"b\\".txt" was removed after 90 days',
    details: { field: 'name', hint: expect.stringContaining('artifacts.retentionDays') as string },
  });
});

it.each([
  ['before its time', { now: on('2026-03-31') }],
  ['where they are kept for ever', { now: on('2036-01-01'), days: 0 }],
])('does not blame the days for one that is gone %s', (_, more) => {
  expect(goneArtifact({ ...asked, ...more }).message).toBe('artifact "a \\"b\\".txt" is not there any more');
});

it.each([[null], [{ completedAt: task.completedAt }]])('knows what the task never left: %j', (left) => {
  const { message } = goneArtifact({ ...asked, task: left, now: on('2036-01-01') });
  expect(message).toBe('task 1 has no artifact of that name');
});
