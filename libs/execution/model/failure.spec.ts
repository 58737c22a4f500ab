import { describe, expect, it } from 'vitest';
import { A_PLAN, startModelServer } from '#test/model-server';
import { until } from '../scripted-control-plane.contract.js';
import type { ProviderId } from './access.js';
import { startModelWorker } from './model-in-test.contract.js';

const KEY = 'sk-planted-key';

describe('a failed call', () => {
  it.each([
    [429, { 'retry-after': '7' }, { afterMs: 7000 }],
    [503, { 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' }, { afterMs: 3_600_000 }],
    [503, { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, { afterMs: 0 }],
    [529, { 'retry-after-ms': '250' }, { afterMs: 250 }],
    [500, {}, {}],
    [429, { 'retry-after': '86400' }, { afterMs: 3_600_000 }],
  ])(
    'with %i may pass: it is tried again, not before the server wants it',
    async (status, headers, retry) => {
      const { plane, server, grant } = await startModelWorker([{ status, headers, message: 'busy' }]);
      const { last } = await plane.end(grant('x'));
      expect(last).toEqual({ type: 'Failed', data: { error: expect.stringContaining('busy'), retry } });
      expect(server.asked).toHaveLength(1);
    },
  );

  it('of the network may pass', async () => {
    const gone = await startModelServer([]);
    await gone.close();
    const access = new Map([['openai', { baseUrl: gone.url }]] as const);
    const { plane, grant } = await startModelWorker([], { access, settings: { default: 'openai/m' } });
    const { last } = await plane.end(grant('x'));
    expect(last).toMatchObject({ data: { error: expect.stringContaining('ECONNREFUSED'), retry: {} } });
  });

  it.each([
    [
      401,
      `Incorrect key: ${KEY}`,
      'openai refused the key: 401 Incorrect key: [redacted]; check OPENAI_API_KEY',
    ],
    [404, 'gone', 'openai has no model "scripted-1": 404 gone; set models.default or models.agents'],
    [
      400,
      'The model `m` does not exist',
      'openai has no model "scripted-1": 400 The model `m` does not exist; set models.default or models.agents',
    ],
    [400, 'too long', 'openai refused the call of scripted-1: 400 too long'],
  ])('with %i (%s) will not pass, and says what to do', async (status, message, error) => {
    const { plane, grant } = await startModelWorker([{ status, message }]);
    const { last } = await plane.end(grant('x'));
    expect(last).toEqual({
      type: 'Failed',
      data: { error },
    });
  });

  it('fails the task where the answer is withheld, or there is none', async () => {
    const { plane, grant } = await startModelWorker([
      A_PLAN,
      { finish: 'content_filter' },
      A_PLAN,
      { pieces: [' '] },
    ]);
    expect((await plane.end(grant('x'))).last).toMatchObject({
      data: { error: 'the provider withheld the answer of the model' },
    });
    expect((await plane.end(grant('x'))).last).toEqual({
      type: 'Failed',
      data: { error: 'the model answered with nothing' },
    });
  });

  it.each<[ProviderId, string]>([
    ['anthropic', 'ANTHROPIC_API_KEY'],
    ['google', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    ['openai', 'OPENAI_API_KEY'],
    ['ollama', 'OLLAMA_HOST'],
  ])('of %s names the setting of its key', async (provider, setting) => {
    const server = await startModelServer([{ status: 401, message: 'no' }]);
    const access = new Map([[provider, { apiKey: KEY, baseUrl: server.url }]]);
    const { plane, grant } = await startModelWorker([], { access, settings: { default: `${provider}/m` } });
    const { last } = await plane.end(grant('x'));
    await server.close();
    expect(last).toMatchObject({ data: { error: expect.stringContaining(`check ${setting}`) } });
    expect(server.asked).toHaveLength(1);
  });
});

describe('a model that does not answer', () => {
  const never = new Promise<void>(() => {});

  it('fails with the time it had, when that is over', async () => {
    const { plane, grant } = await startModelWorker([{ pieces: ['x'], hold: { before: 0, until: never } }]);
    const { last } = await plane.end(grant('x', { timeoutMs: 300 }));
    expect(last).toEqual({ type: 'Failed', data: { error: 'timed out after 300 ms' } });
  });

  it('is left within a second when the task is cancelled', async () => {
    const { plane, server, grant } = await startModelWorker([
      A_PLAN,
      { pieces: ['x'], hold: { before: 0, until: never } },
    ]);
    const { taskId, epoch } = grant('x');
    await until(() => server.asked.length === 2 && plane.beats.at(-1)?.free === 9);
    plane.send({ type: 'stop', taskId, epoch, reason: 'cancelled' });
    await until(() => plane.beats.at(-1)?.free === 10, 1_000);
    expect(server.asked).toHaveLength(2);
  });
});
