import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { until } from '../scripted-control-plane.contract.js';
import {
  AGENT_ID,
  NDJSON,
  answers,
  answersJson,
  answersLines,
  endOf,
  startHttpWorker,
  taskIn,
} from './http-in-test.contract.js';
import type { Posted } from './http-in-test.contract.js';

const isSigned = async ({ headers, body }: Posted, secret: Uint8Array): Promise<boolean> => {
  const key = await webcrypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'verify',
  ]);
  const [version, mac = ''] = String(headers['webhook-signature']).split(',');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const bytes = Buffer.from(mac, 'base64');
  return version === 'v1' && webcrypto.subtle.verify('HMAC', key, bytes, Buffer.from(signed));
};

describe('an agent over HTTP', () => {
  it('is posted its task, once an attempt, under a key of that attempt', async () => {
    const { plane, grant, posts } = await startHttpWorker(answersJson({ output: 'done' }));
    const task = grant('do it', { attempt: 3, timeoutMs: 60_000, metadata: { a: 1 }, thinking: 'low' });
    expect(await plane.end(task)).toEqual({
      last: { type: 'Completed', data: { output: 'done' } },
      types: ['Started', 'Output', 'Step', 'Completed'],
      output: 'done',
    });
    const { taskId, epoch } = task;
    expect(posts.map(taskIn)).toEqual([
      {
        taskId,
        epoch,
        attempt: 3,
        agentId: AGENT_ID,
        tenant: 'default',
        sessionId: 'default',
        description: 'a test',
        input: 'do it',
        thinking: 'low',
        metadata: { a: 1 },
        timeoutMs: 60_000,
      },
    ]);
    expect(posts[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': `${taskId}:3`,
    });
    expect(Object.keys(posts[0]?.headers ?? {}).filter((name) => name.startsWith('webhook-'))).toEqual([]);
  });

  it('can tell by the signature that it is us who ask, and for what', async () => {
    const secret = Buffer.alloc(32, 7);
    const { plane, grant, posts } = await startHttpWorker(answersJson({ output: '' }), { secret });
    const task = grant('grüße');
    await plane.end(task);
    const [posted] = posts;
    if (!posted) throw new Error('nothing was posted');
    expect(posted.headers['webhook-id']).toBe(`${task.taskId}:1`);
    expect(Math.abs(Number(posted.headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
    expect(await isSigned(posted, secret)).toBe(true);
    expect(await isSigned({ ...posted, body: posted.body.replace('grüße', 'other') }, secret)).toBe(false);
    expect(await isSigned(posted, Buffer.alloc(32, 8))).toBe(false);
    const later = { ...posted.headers, 'webhook-timestamp': '1' };
    expect(await isSigned({ ...posted, headers: later }, secret)).toBe(false);
  });

  it('fails its task with a reason of its own', async () => {
    expect(await endOf(answersJson({ error: 'out of ink' }))).toEqual({
      type: 'Failed',
      data: { error: 'out of ink' },
    });
    expect(
      await endOf(answersLines({ type: 'output', text: 'so far' }, { type: 'failed', error: 'no more' })),
    ).toEqual({ type: 'Failed', data: { error: 'no more', output: 'so far' } });
  });

  it('is heard while it speaks, whole characters only', async () => {
    const heard = new AbortController();
    const { plane, grant } = await startHttpWorker(async ({ response }) => {
      const bytes = Buffer.from('grüße');
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.write(bytes.subarray(0, 3));
      await once(heard.signal, 'abort');
      response.end(bytes.subarray(3));
    });
    const task = grant('do it');
    await until(() => plane.output(task) === 'gr');
    heard.abort();
    const { last, output } = await plane.end(task);
    expect([output, last.data]).toEqual(['grüße', { output: 'grüße' }]);
  });

  it('tells its progress and its output line by line, and its result at the end', async () => {
    const { plane, grant } = await startHttpWorker(
      answers(
        NDJSON,
        '{"type":"progress","progress":40,"message":"reading"}\r\n\n{"type":"out',
        'put","text":"a"}\n{"type":"progress","message":"still\\u0000"}\n{"type":"output","text":"b"}\n',
        '{"type":"completed","output":"the result"}',
      ),
    );
    const task = grant('do it');
    const { last, output } = await plane.end(task);
    expect([output, last.data]).toEqual(['ab', { output: 'the result' }]);
    expect(plane.of(task).filter(({ type }) => type === 'Progress')).toEqual([
      { type: 'Progress', data: { progress: 40, message: 'reading' } },
      { type: 'Progress', data: { progress: 40, message: 'still\uFFFD' } },
    ]);
  });

  it('is read by who watches, where its result is all that it said', async () => {
    const { plane, grant } = await startHttpWorker(answersLines({ type: 'completed', output: 'all of it' }));
    expect(await plane.end(grant('do it'))).toMatchObject({
      output: 'all of it',
      last: { data: { output: 'all of it' } },
    });
  });

  it('is done at its last line, whatever else it sends', async () => {
    const { plane, grant, closed } = await startHttpWorker(({ lines }) =>
      lines({ type: 'completed', output: 'x' }, { type: 'failed', error: 'too late' }),
    );
    expect((await plane.end(grant('do it'))).last.type).toBe('Completed');
    await closed[0];
    expect(closed).toHaveLength(1);
  });
});
