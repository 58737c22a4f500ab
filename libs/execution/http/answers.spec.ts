import { describe, expect, it } from 'vitest';
import { listen } from '#test/identity/http-server';
import {
  NDJSON,
  answers,
  answersJson,
  answersLines,
  endOf,
  refuses,
  startHttpWorker,
} from './http-in-test.contract.js';
import type { Script } from './http-in-test.contract.js';

describe('an agent over HTTP that gives no output', () => {
  const KIBIBYTE = 'x'.repeat(1024);
  it.each<[string, Script, RegExp]>([
    [
      'of another type',
      answers('text/html; charset=utf-8', '<p>'),
      /content type "text\/html"; it must be application\/json, text\/plain/,
    ],
    ['of no type', ({ response }) => response.writeHead(200).end('x'), /content type ""/],
    ['that is no JSON', answers('application/json', '{"output":'), /no JSON: "\{\\"output\\":"/],
    ['with files', answersJson({ output: 'x', artifacts: [] }), /Unrecognized key: "artifacts"/],
    ['with keys that no log can hold', answersJson({ '\0\uD800': 1 }), /Unrecognized key: "\uFFFD\uFFFD"/],
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
      answersLines(...Array.from({ length: 257 }, () => ({ type: 'output', text: KIBIBYTE }))),
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

  it('fills no log with how far it is: after 500 times only its end counts', async () => {
    const far = Array.from({ length: 600 }, (_, i) => ({ type: 'progress', progress: i % 100 }));
    const { plane, grant } = await startHttpWorker(
      answersLines(...far, { type: 'completed', output: 'done' }),
    );
    const task = grant('do it');
    const { last } = await plane.end(task);
    expect(last).toMatchObject({ type: 'Completed', data: { output: 'done' } });
    expect(plane.of(task).filter(({ type }) => type === 'Progress')).toHaveLength(500);
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
});
