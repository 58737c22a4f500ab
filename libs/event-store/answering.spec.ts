import { describe, expect, it } from 'vitest';
import { MeshError } from '#errors';
import { answering } from './answering.js';

const thrown = (message: string, code?: string) => () =>
  Promise.reject(Object.assign(new Error(message), code ? { code } : {}));

describe('answering from the database', () => {
  it.each([
    ['connect', 'ECONNREFUSED'],
    ['terminating connection', '57P01'],
    ['the database system is starting up', '57P03'],
    ['disk full', '53100'],
    ['connection failure', '08006'],
    ['deadlock detected', '40P01'],
    ['Connection terminated unexpectedly', undefined],
  ])('says that it is away: %s %s', async (message, code) => {
    await expect(answering(thrown(message, code))).rejects.toMatchObject({
      code: 'unavailable',
      details: { retryAfterSeconds: 1 },
    });
  });

  it('leaves every other error as it is', async () => {
    await expect(answering(thrown('syntax error', '42601'))).rejects.toMatchObject({ code: '42601' });
    const refusal = new MeshError('not_found', 'no connection terminated');
    await expect(answering(() => Promise.reject(refusal))).rejects.toBe(refusal);
  });
});
