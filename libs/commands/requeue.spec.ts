import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requeuedTaskId } from '#contract';
import { actor, admin, developer, openGate } from './gate-in-test.contract.js';
import type { OpenedGate } from './gate-in-test.contract.js';
import { SubmitTask } from './index.js';

const REQUEST = { description: 'again', input: 'i', agentId: 'echo' };

describe('a task that does again what was given up', () => {
  let at: OpenedGate;
  beforeAll(async () => {
    at = await openGate();
  }, 60_000);
  afterAll(() => at?.close());

  const again = (taskId: string, by = developer) => at.gate.execute(by, new SubmitTask(REQUEST, taskId));

  it('is one, however often it is asked for, and says what it does again', async () => {
    const letter = await at.submit();
    const first = await again(letter);
    const second = await again(letter);
    expect([first.repeated, second.repeated]).toEqual([false, true]);
    expect(first.state).toMatchObject({
      id: requeuedTaskId('here', letter),
      retryOf: letter,
      ownerId: 'ada',
    });
    expect(second.state).toEqual(first.state);
  });

  it('is its own asker’s: whoever else asks is told that it was done', async () => {
    const letter = await at.submit();
    await again(letter);
    expect(await at.refusal(admin, new SubmitTask(REQUEST, letter))).toBe('illegal_transition');
  });

  it('is judged as any other submit, and only for who may see what was given up', async () => {
    const letter = await at.submit();
    const stranger = actor(['developer'], { id: 'eve', sessionId: 'of-eve' });
    expect(await at.refusal(stranger, new SubmitTask(REQUEST, letter))).toBe('not_found');
    at.policies.set({ agentPolicies: [{ agentId: 'echo', deniedRoles: ['developer'] }] });
    expect(await at.refusal(developer, new SubmitTask(REQUEST, letter))).toBe('access_denied');
    expect(await at.lastAudit()).toMatchObject({ action: 'task.submit', result: 'denied' });
    at.policies.set({});
  });
});
