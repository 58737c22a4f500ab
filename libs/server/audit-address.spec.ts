import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aRunningServer } from './remote-server.contract.js';
import type { RemoteServer } from './remote-server.contract.js';

const TASK = { description: 'd', input: 'i', agentId: 'echo' };

describe('the audit of a remote server', () => {
  let server: RemoteServer;
  let token: unknown;
  beforeAll(async () => {
    server = await aRunningServer();
    token = (await server.send('POST', '/v1/auth/local', { json: server.admin })).body['accessToken'];
  });
  afterAll(() => server.close());

  /** The last record of an action, from the log. */
  const last = async (action: string, format: string): Promise<string> => {
    const url = `${server.url}/v1/audit/export?action=${action}&format=${format}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${String(token)}` } });
    const text = await answer.text();
    return text.trim().split('\n').at(-1) ?? '';
  };

  it('says from where people asked: for what is in a commit, what is recorded before, and what is denied', async () => {
    await server.send('POST', '/v1/tasks', { token, json: TASK });
    await server.send('POST', '/v1/users', { token, json: { name: 'grace', roles: [] } });
    const { body } = await server.send('POST', '/v1/sessions', { token, json: {} });
    const narrow = (body['tokens'] as Record<string, unknown>)['accessToken'];
    const missing = crypto.randomUUID();
    await server.send('POST', `/v1/tasks/${missing}/cancel`, { token: narrow, json: {} });
    for (const action of ['task.submit', 'user.create', 'session.create', 'task.cancel'])
      expect(JSON.parse(await last(action, 'jsonl'))).toMatchObject({ action, address: '127.0.0.1' });
  });

  it.each([
    ['ocsf', '"src_endpoint":{"ip":"127.0.0.1"'],
    ['cloudevents', '"address":"127.0.0.1"'],
    ['cef', 'src=127.0.0.1'],
  ])('says so as %s too', async (format, expected) => {
    await server.send('POST', '/v1/tasks', { token, json: TASK });
    expect(await last('task.submit', format)).toContain(expected);
  });
});
