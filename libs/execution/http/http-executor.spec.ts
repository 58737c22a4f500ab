import { webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Grant } from '#contract';
import { listen } from '#test/identity/http-server';
import { recordOf } from '../model/model-in-test.contract.js';
import { until } from '../scripted-control-plane.contract.js';
import type { ScriptedControlPlane } from '../scripted-control-plane.contract.js';
import { AGENT_ID, startHttpWorker, taskIn } from './http-in-test.contract.js';
import type { Answering, Posted } from './http-in-test.contract.js';

const NDJSON = 'application/x-ndjson';
const FREE = 10;

/** Answers with these pieces, and ends. */
const answers =
  (type: string, ...pieces: readonly string[]) =>
  async ({ send, response }: Answering) => {
    await send(type, ...pieces);
    response.end();
  };
const answersJson = (value: unknown) => answers('application/json', JSON.stringify(value));
const answersLines = (...lines: readonly object[]) =>
  answers(NDJSON, ...lines.map((line) => `${JSON.stringify(line)}\n`));

/** Answers with an error. */
const refuses =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = 'no') =>
  ({ response }: Answering) =>
    response.writeHead(status, headers).end(body);

/** Waits until a task's attempt is lost. */
async function lost(plane: ScriptedControlPlane, posts: readonly Posted[]): Promise<void> {
  await until(() => posts.length === 1 && plane.beats.at(-1)?.held.length === 0);
  await until(() => plane.beats.at(-1)?.free === FREE);
}

/** How a task that is answered so comes to its end. */
async function endOf(script: (answering: Answering) => unknown) {
  const { plane, grant } = await startHttpWorker(script);
  const { last } = await plane.end(grant('do it'));
  return last;
}

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
    const { last, types } = await plane.end(task);
    expect(last).toEqual({ type: 'Completed', data: { output: 'done' } });
    expect(types).toEqual(['Started', 'Step', 'Completed']);
    const { taskId, epoch } = task;
    expect(posts.map(taskIn)).toEqual([
      {
        ...{ taskId, epoch, attempt: 3, agentId: AGENT_ID, tenant: 'default', sessionId: 'default' },
        ...{ description: 'a test', input: 'do it', thinking: 'low', metadata: { a: 1 }, timeoutMs: 60_000 },
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
    let finish = () => {};
    const heard = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { plane, grant } = await startHttpWorker(async ({ response }) => {
      const bytes = Buffer.from('grüße');
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.write(bytes.subarray(0, 3));
      await heard;
      response.end(bytes.subarray(3));
    });
    const task = grant('do it');
    await until(() => plane.output(task) === 'gr');
    finish();
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

  it('is done at its last line, whatever else it sends', async () => {
    const { plane, grant, closed } = await startHttpWorker(({ lines }) =>
      lines({ type: 'completed', output: 'x' }, { type: 'failed', error: 'too late' }),
    );
    expect((await plane.end(grant('do it'))).last.type).toBe('Completed');
    await closed[0];
    expect(closed).toHaveLength(1);
  });

  const KIBIBYTE = 'x'.repeat(1024);
  it.each<[string, (answering: Answering) => unknown, RegExp]>([
    [
      'of another type',
      answers('text/html; charset=utf-8', '<p>'),
      /content type "text\/html"; it must be application\/json, text\/plain/,
    ],
    ['of no type', ({ response }) => response.writeHead(200).end('x'), /content type ""/],
    ['that is no JSON', answers('application/json', '{"output":'), /no JSON: "\{\\"output\\":"/],
    ['with files', answersJson({ output: 'x', artifacts: [] }), /Unrecognized key: "artifacts"/],
    ['with neither', answersJson({}), /must have "output" or "error", and not both/],
    ['with both', answersJson({ output: '', error: '' }), /must have "output" or "error", and not both/],
    [
      'that is packed',
      ({ response }) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      /content encoding "gzip"; it must be identity/,
    ],
    ['with lines of another type', answersLines({ type: 'thought' }), /line 1 of the agent is wrong/],
    [
      'with lines that are no JSON',
      answers(NDJSON, '\n', 'hello\n'),
      /line 2 of the agent is no JSON: "hello"/,
    ],
    ['with progress beyond its end', answersLines({ type: 'progress', progress: 101 }), /line 1 .*\n?.*100/],
    [
      'of too much text',
      answers('text/plain', ...Array(257).fill(KIBIBYTE)),
      /put out more than 262144 bytes/,
    ],
    [
      'of too much text in lines',
      answersLines(...Array(257).fill({ type: 'output', text: KIBIBYTE })),
      /put out more than 262144 bytes/,
    ],
    ['with too long an output', answersJson({ output: KIBIBYTE.repeat(257) }), /put out more than 262144/],
    [
      'that goes on for ever',
      answers('application/json', ...Array(33).fill(' '.repeat(64 * 1024))),
      /answered with more than 2097152 bytes/,
    ],
    ['of another success', refuses(204, {}, ''), /refused the task: 204/],
  ])('fails its task by an answer %s', async (_, script, error) => {
    const last = await endOf(script);
    expect(last).toMatchObject({ type: 'Failed', data: { error: expect.stringMatching(error) } });
    expect(last.data).not.toHaveProperty('retry');
  });

  it.each([408, 425, 429, 500, 503])('is asked again later after %i', async (status) => {
    const last = await endOf(refuses(status, {}, 'busy'));
    const error = `the agent could not answer now: ${status} busy`;
    expect(last).toEqual({ type: 'Failed', data: { error, retry: {} } });
  });

  it('is asked again when it says, in seconds or by a date', async () => {
    const seconds = await endOf(refuses(429, { 'retry-after': '7' }));
    expect(seconds.data).toMatchObject({ retry: { afterMs: 7_000 } });
    const date = await endOf(refuses(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }));
    const { retry } = date.data as { retry: { afterMs: number } };
    expect(retry.afterMs).toBeGreaterThan(30_000);
    expect(retry.afterMs).toBeLessThanOrEqual(60_000);
  });

  it('is asked again later where it cannot be reached, or hangs up before it answers', async () => {
    const hungUp = await endOf(({ response }) => response.destroy());
    expect(hungUp.data).toMatchObject({ error: expect.stringContaining('could not be reached'), retry: {} });
    const { plane, grant, server } = await startHttpWorker(answersJson({ output: '' }));
    await server.close();
    const away = await plane.end(grant('do it'));
    expect(away.last.data).toMatchObject({ error: expect.stringContaining('ECONNREFUSED'), retry: {} });
  });

  it.each([400, 401, 404, 409])(
    'fails its task by %i, with the beginning of what it said',
    async (status) => {
      const last = await endOf(refuses(status, {}, `why: ${'y'.repeat(1000)}`));
      const error = `the agent refused the task: ${status} why: ${'y'.repeat(295)}`;
      expect(last).toEqual({ type: 'Failed', data: { error } });
    },
  );

  it.each([301, 302, 307, 308])('is not followed to another address by %i', async (status) => {
    const visits: unknown[] = [];
    const elsewhere = await listen((request, response) => {
      visits.push(request.url);
      response.end();
    });
    try {
      const last = await endOf(refuses(status, { location: `${elsewhere.url}/other` }));
      const error = expect.stringContaining(`redirects are not followed: set its url to where it is`);
      expect(last).toEqual({ type: 'Failed', data: { error } });
      expect(visits).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  const cut =
    (type: string, piece: string) =>
    async ({ send, response }: Answering) => {
      await send(type, piece);
      response.destroy();
    };
  it.each<[string, (answering: Answering) => unknown]>([
    ['text', cut('text/plain', 'one')],
    ['JSON', cut('application/json', '{"output":"x"}')],
    ['lines', cut(NDJSON, '{"type":"output","text":"one"}\n')],
    ['lines without a last one', answersLines({ type: 'output', text: 'one' })],
    ['lines in the middle of one', answers(NDJSON, '{"type":"output","text":"one"}\n{"type":"comp')],
  ])('has not had the last word when it is cut off: %s', async (_, script) => {
    const { plane, grant, posts } = await startHttpWorker(script);
    const task = grant('do it');
    await lost(plane, posts);
    const types = plane.of(task).map(({ type }) => type);
    expect(types).not.toContain('Failed');
    expect(types).not.toContain('Completed');
    expect(types).not.toContain('Step');
  });

  it('hears of the end of an attempt by its connection', async () => {
    const { plane, grant, posts, closed } = await startHttpWorker(({ lines }) =>
      lines({ type: 'output', text: 'begun' }),
    );
    const task = grant('do it');
    await until(() => plane.output(task) === 'begun');
    plane.send({ type: 'stop', taskId: task.taskId, epoch: task.epoch, reason: 'cancelled' });
    await closed[0];
    await lost(plane, posts);
    expect(plane.of(task).map(({ type }) => type)).toEqual(['Started', 'Output']);
  });

  it('hears of it before it has answered, too', async () => {
    const { plane, grant, posts, closed } = await startHttpWorker(() => {});
    const task = grant('do it');
    await until(() => posts.length === 1);
    plane.send({ type: 'stop', taskId: task.taskId, epoch: task.epoch, reason: 'cancelled' });
    await closed[0];
    await lost(plane, posts);
    expect(plane.of(task).map(({ type }) => type)).toEqual(['Started']);
  });
});

describe('a later attempt of an agent over HTTP', () => {
  const again = (plane: ScriptedControlPlane, task: Grant): Partial<Grant> => {
    plane.onRecord.set(task.taskId, recordOf(plane, task));
    return { taskId: task.taskId, attempt: 2, epoch: task.epoch + 2, steps: 1 };
  };

  it('takes an answer that is on record, and does not ask again', async () => {
    const { plane, grant, posts } = await startHttpWorker(answers('text/plain', 'one ', 'two'));
    const first = grant('do it');
    await plane.end(first);
    const { last, output } = await plane.end(grant('do it', again(plane, first)));
    expect([last.data, output]).toEqual([{ output: 'one two' }, '']);
    expect(posts).toHaveLength(1);
  });

  it('repeats nothing that readers have of one that was cut off', async () => {
    const { plane, grant, posts } = await startHttpWorker(async ({ posted, send, response }) => {
      await send('text/plain', 'one ');
      if (taskIn(posted)['attempt'] === 1) return void response.destroy();
      await send('text/plain', 'two');
      response.end();
    });
    const first = grant('do it');
    await lost(plane, posts);
    const { last, output } = await plane.end(grant('do it', again(plane, first)));
    expect(plane.output(first) + output).toBe('one two');
    expect(last.data).toEqual({ output: 'one two' });
    expect(posts.map(({ headers }) => headers['idempotency-key'])).toEqual([
      `${first.taskId}:1`,
      `${first.taskId}:2`,
    ]);
  });
});
