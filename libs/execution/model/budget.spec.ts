import { expect, it } from 'vitest';
import { A_PLAN } from '#test/model-server';
import { aGrant, until } from '../scripted-control-plane.contract.js';
import { startModelWorker } from './model-in-test.contract.js';

const looping = (_request: unknown, call: number) =>
  call === 0 ? A_PLAN : { calls: [{ name: 'list-files', input: {} }], usage: { input: 50, output: 50 } };

it.each([
  [
    { maxTokens: 150 },
    3,
    'The budget is used up: 215 tokens and $0.0000 so far. Raise it from 150 to 300 tokens?',
  ],
  [
    { maxTokens: 1000, maxCostUsd: 0.003 },
    4,
    'The budget is used up: 315 tokens and $0.0032 so far. Raise it from 1000 to 2000 tokens and $0.0030 to $0.0060?',
  ],
])('a runaway loop with the budget %j stops after %i calls and asks', async (budget, calls, prompt) => {
  const prices = {
    scripted: !('maxCostUsd' in budget) ? { input: 0, output: 0 } : { input: 10, output: 10 },
  };
  const { plane, server, grant } = await startModelWorker(looping, { settings: { prices } });
  const task = grant('x', { budget });
  const asked = await until(() => plane.of(task).find(({ type }) => type === 'NeedApproval'));
  expect(asked.data).toEqual({ key: 'budget:1', prompt });
  expect(server.asked).toHaveLength(calls);
  await until(() => plane.beats.at(-1)?.free === 10);
  expect(plane.of(task).at(-1)).toBe(asked);
});

it('after a yes it may use as much again, and what earlier attempts used counts', async () => {
  const { plane, server } = await startModelWorker(looping);
  const usage = { inputTokens: 100, outputTokens: 115, costUsd: 0 };
  const second = aGrant('x', { agentId: 'code-creator', attempt: 2, budget: { maxTokens: 150 }, usage });
  plane.onRecord.set(second.taskId, [{ type: 'answer', version: 3, key: 'budget:1', input: '' }]);
  plane.send({ type: 'grant', grant: second });
  const asked = await until(() => plane.of(second).find(({ type }) => type === 'NeedApproval'));
  expect(asked.data).toMatchObject({ key: 'budget:2' });
  expect(server.asked).toHaveLength(2);
});
