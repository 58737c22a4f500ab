import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plant } from '#test/planted-secrets';
import { aRunningServer } from './remote-server.contract.js';
import type { RemoteServer } from './remote-server.contract.js';

const TASK = { description: 'a private matter', input: 'the words of it', agentId: 'echo' };

describe('an idempotency key', () => {
  let server: RemoteServer;
  beforeAll(async () => (server = await aRunningServer()));
  afterAll(() => server.close());

  const signIn = async (account: object) => {
    const { body } = await server.send('POST', '/v1/auth/local', { json: account });
    return body['accessToken'];
  };
  const submit = (token: unknown, key: string, more: object = {}) =>
    server.send('POST', '/v1/tasks', {
      token,
      json: { ...TASK, ...more },
      headers: { 'idempotency-key': key },
    });

  it('finds the task in the session that used it; another session of the same user hears only that it did', async () => {
    const ada = { name: 'ada', password: plant('password') };
    const asAdmin = await signIn(server.admin);
    await server.send('POST', '/v1/users', { token: asAdmin, json: { ...ada, roles: ['developer'] } });
    const [here, elsewhere] = [await signIn(ada), await signIn(ada)];
    const first = await submit(here, 'a-key');
    expect(first.status).toBe(201);
    const again = await submit(here, 'a-key');
    expect([again.status, again.body['id']]).toEqual([200, first.body['id']]);
    const [same, other] = [
      await submit(elsewhere, 'a-key'),
      await submit(elsewhere, 'a-key', { input: 'other' }),
    ];
    expect(same).toMatchObject({
      status: 409,
      body: {
        code: 'idempotency_mismatch',
        detail: 'the idempotency key "a-key" was used in another session',
        field: 'idempotencyKey',
      },
    });
    expect(other.body).toMatchObject({ ...same.body, instance: other.body['instance'] });
    for (const { text } of [same, other])
      for (const secret of [
        String(first.body['id']),
        TASK.description,
        TASK.input,
        String(first.body['sessionId']),
      ])
        expect(text).not.toContain(secret);
    expect((await submit(elsewhere, 'another-key')).status).toBe(201);
  });
});
