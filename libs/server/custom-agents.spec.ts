import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuntimeInterface } from '#contract';
import { listen } from '#test/identity/http-server';
import type { HttpServer } from '#test/identity/http-server';
import { openLocalRuntime } from './open-local-runtime.js';

describe('a runtime whose configuration adds agents', () => {
  const secret = Buffer.alloc(32, 's');
  const received: Readonly<{ signature: unknown; expected: string; input: unknown }>[] = [];
  let folder: string;
  let agent: HttpServer;
  let runtime: RuntimeInterface;

  const configuration = (more: object = {}) => ({
    customAgents: [
      {
        id: 'hook',
        name: 'Hook',
        description: 'Shouts',
        capabilities: ['shout'],
        executor: 'http',
        url: `${agent.url}/tasks`,
        secretFile: join(folder, 'key'),
        ...more,
      },
      { id: 'claude', executor: 'acp', command: ['nothing-is-called-so'], skills: ['shell-exec'] },
    ],
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'custom-agents-'));
    writeFileSync(join(folder, 'key'), `whsec_${secret.toString('base64')}\n`);
    agent = await listen(async (request, response) => {
      const body = await text(request);
      const { headers } = request;
      const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
      const { input, attempt } = JSON.parse(body) as { input: string; attempt: number };
      received.push({
        signature: headers['webhook-signature'],
        expected: `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`,
        input,
      });
      response.writeHead(200, { 'content-type': 'text/plain' });
      if (input === 'cut' && attempt === 1) response.write('C', () => response.destroy());
      else response.end(input.toUpperCase());
    });
    runtime = await openLocalRuntime({ config: configuration() });
  }, 120_000);
  afterAll(async () => {
    await runtime.close();
    await agent.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('lists them, and says no more than what they are for', async () => {
    const [hook, claude] = (await runtime.listAgents()).slice(-2);
    expect(hook).toEqual({ id: 'hook', name: 'Hook', description: 'Shouts', capabilities: ['shout'] });
    expect(claude).toEqual({ id: 'claude', name: 'claude', description: '', capabilities: [] });
  });

  it('posts a task to the one over HTTP, signed, and completes with its answer', async () => {
    const { id } = await runtime.submitTask({ description: 'x', input: 'hello', agentId: 'hook' });
    let said = '';
    for await (const { status, output = '' } of runtime.streamTaskUpdates(id)) {
      said += output;
      if (status === 'completed') break;
    }
    expect(said).toBe('HELLO');
    expect(await runtime.getTaskState(id)).toMatchObject({ status: 'completed', output: 'HELLO' });
    expect(received.map(({ input }) => input)).toEqual(['hello']);
    expect(received[0]?.signature).toBe(received[0]?.expected);
  });

  it('tries again when the answer was cut off, and repeats nothing of it', async () => {
    const { id } = await runtime.submitTask({ description: 'x', input: 'cut', agentId: 'hook' });
    const texts: string[] = [];
    for await (const { status, output = '' } of runtime.streamTaskUpdates(id)) {
      texts.push(output);
      if (status === 'completed') break;
    }
    const state = await runtime.getTaskState(id);
    expect(state).toMatchObject({ status: 'completed', output: 'CUT', attempt: 2 });
    expect(texts.join('')).toBe('CUT');
  }, 60_000);

  it('does not start with a key that cannot be read, and names the setting', async () => {
    const config = configuration({ secretFile: join(folder, 'missing') });
    await expect(openLocalRuntime({ config })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/^customAgents\.hook\.secretFile: .*missing cannot be read/),
    });
  }, 120_000);
});
