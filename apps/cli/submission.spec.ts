import { describe, expect, it } from 'vitest';
import type { TaskSubmitRequest } from '#contract';
import { aTaskState, cli, scripted } from './fake-cli.contract.js';

/** What a command line submits, and what it says of itself. */
async function submitted(...flags: readonly string[]) {
  const requests: TaskSubmitRequest[] = [];
  const runtime = scripted({
    submitTask: async (request) => {
      requests.push(request);
      return aTaskState();
    },
  });
  const call = cli(['submit', 'make', ...flags], runtime);
  const exitCode = await call.exitCode;
  return { exitCode, stderr: call.stderr(), request: requests[0] };
}

const sendWorkspace = async () => ({ archive: 'sha256:1' });

describe('a command line that submits', () => {
  it.each<readonly [readonly string[], Partial<TaskSubmitRequest>]>([
    [['--requires', 'gpu,linux', '--requires', 'large'], { requires: ['gpu', 'linux', 'large'] }],
    [['--max-attempts', '5'], { maxAttempts: 5 }],
    [['--budget', 'tokens=50000'], { budget: { maxTokens: 50_000 } }],
    [['--budget', 'usd=2.50, tokens=10'], { budget: { maxCostUsd: 2.5, maxTokens: 10 } }],
    [['--thinking', 'high', '--model', 'openai/gpt-5'], { thinking: 'high', model: 'openai/gpt-5' }],
    [['--parent', '0198c0de-0000-7000-8000-000000000001'], { parentTaskId: aTaskState().id }],
    [
      ['--repository', 'https://github.com/acme/app', '--ref', 'main', '--no-diff'],
      { workspace: { repository: 'https://github.com/acme/app', ref: 'main', diff: false } },
    ],
    [['--diff'], { workspace: { diff: true } }],
    [[], {}],
  ])('says with %j what a request can say', async (flags, request) => {
    expect(await submitted(...flags)).toMatchObject({ exitCode: 0 });
    expect((await submitted(...flags)).request).toEqual({ description: 'make', input: 'make', ...request });
  });

  it.each([
    [['--budget', '50000'], 'tokens=<n>, usd=<amount>'],
    [['--budget', 'tokens=1,cents=2'], 'tokens=<n>, usd=<amount>'],
    [['--max-attempts', '0'], '1–100'],
    [['--repository', 'https://github.com/acme/app', '--workspace', '.'], '--repository'],
  ])('refuses %j, and says why', async (flags, why) => {
    const { exitCode, stderr, request } = await submitted(...flags);
    expect([exitCode, request]).toEqual([2, undefined]);
    expect(stderr).toContain(why);
  });

  it('keeps what it says of the diff beside the folder that it sends', async () => {
    const requests: TaskSubmitRequest[] = [];
    const runtime = scripted({
      submitTask: async (request) => {
        requests.push(request);
        return aTaskState();
      },
    });
    await cli(['submit', 'make', '--workspace', '.', '--diff'], runtime, { sendWorkspace }).exitCode;
    expect(requests[0]?.workspace).toEqual({ archive: 'sha256:1', diff: true });
  });
});
