import { describe, expect, it } from 'vitest';
import { MAX_INPUT_BYTES, beatSchema, decode, reportSchema, submitSchema, taskFilterSchema } from '#contract';
import { isMeshError } from '#errors';
import type { MeshError } from '#errors';

const REQUEST = { description: 'review', input: 'git diff' };
const UUID = '018f2d3c-7a10-7abc-8def-0123456789ab';
const BEAT = { workerId: 'w1', boot: UUID, free: 1, labels: [], agents: ['shell'], held: [[UUID, 2]] };
const REPORT = { workerId: 'w1', taskId: UUID, epoch: 2, seq: 1, facts: [{ type: 'Started', data: {} }] };

function refusal(schema: Parameters<typeof decode>[0], value: unknown): MeshError {
  try {
    decode(schema, value);
  } catch (error) {
    if (isMeshError(error, 'invalid_request')) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a request from outside', () => {
  it('passes as it is when right', () => expect(decode(submitSchema, REQUEST)).toEqual(REQUEST));

  it('is refused with every field that is wrong, by name', () => {
    const { details, message } = refusal(submitSchema, {
      description: 1,
      input: 'x',
      priority: 10,
      budget: { maxTokens: -1 },
    });
    expect(details.problems?.map(({ field }) => field)).toEqual([
      'description',
      'priority',
      'budget.maxTokens',
    ]);
    expect(details.field).toBe('description');
    expect(message).toContain('budget.maxTokens');
  });

  it('is told each unknown key, and of each value what it was, as it was given', () => {
    const page = refusal(taskFilterSchema, { limit: 'many', status: 'done', colour: 1, size: 2 });
    expect(page.details.problems?.map(({ field }) => field)).toEqual(['status', 'limit', 'colour', 'size']);
    expect(page.message).toMatch(/status: .*got "done"; limit: .*got "many"; colour: there is no such key/);
    const long = refusal(submitSchema, { ...REQUEST, input: 'x'.repeat(MAX_INPUT_BYTES + 1) });
    expect(long.message.length).toBeLessThan(200);
  });

  it.each<[string, unknown]>([
    ['colour', { ...REQUEST, colour: 'red' }],
    ['workspace.path', { ...REQUEST, workspace: { path: '/etc' } }],
    ['input', { ...REQUEST, input: 'a\0b' }],
    ['input', { ...REQUEST, input: 'a\ud800b' }],
    ['input', { ...REQUEST, input: 'x'.repeat(MAX_INPUT_BYTES + 1) }],
    ['input', { ...REQUEST, input: 'ü'.repeat(MAX_INPUT_BYTES / 2 + 1) }],
    ['description', { ...REQUEST, description: ' \n' }],
    ['sessionId', { ...REQUEST, sessionId: 'a.b' }],
    ['sessionId', { ...REQUEST, sessionId: '' }],
    ['agentId', { ...REQUEST, agentId: '../x' }],
    ['idempotencyKey', { ...REQUEST, idempotencyKey: '' }],
    ['parentTaskId', { ...REQUEST, parentTaskId: 'x' }],
    ['maxAttempts', { ...REQUEST, maxAttempts: 0 }],
    ['metadata', { ...REQUEST, metadata: { text: 'a\0b' } }],
    ['metadata', { ...REQUEST, metadata: { deep: ['a\ud800'] } }],
    ['metadata', { ...REQUEST, metadata: { 'k\0': 1 } }],
    ['metadata', { ...REQUEST, metadata: { long: 'x'.repeat(16 * 1024) } }],
  ])('is refused for its %s (case %#)', (field, request) =>
    expect(refusal(submitSchema, request).details.field).toBe(field),
  );

  it.each([null, undefined, 1, 'x', []])('is refused when it is %j', (value) => {
    expect(refusal(submitSchema, value).details.problems).toHaveLength(1);
  });

  it('may have the longest input to the byte', () => {
    expect(decode(submitSchema, { ...REQUEST, input: 'ü'.repeat(MAX_INPUT_BYTES / 2) }).input).toHaveLength(
      MAX_INPUT_BYTES / 2,
    );
  });

  it('cannot reach a prototype through its metadata', () => {
    const hostile = JSON.parse(
      '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"ok":1}',
    ) as object;
    const { metadata } = decode(submitSchema, { ...REQUEST, metadata: hostile });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect((metadata as { admin?: boolean }).admin).toBeUndefined();
    expect(metadata).toMatchObject({ ok: 1 });
  });

  it('may speak of escapes without using them', () => {
    const metadata = { text: String.raw`\u0000 \ud800` };
    expect(decode(submitSchema, { ...REQUEST, metadata }).metadata).toEqual(metadata);
  });

  it('may give numbers of a filter as a query string does', () => {
    expect(decode(taskFilterSchema, { limit: '20', status: 'running' })).toEqual({
      limit: 20,
      status: 'running',
    });
    expect(refusal(taskFilterSchema, { limit: '201' }).details.field).toBe('limit');
    expect(refusal(taskFilterSchema, { status: 'PENDING' }).details.field).toBe('status');
  });
});

describe('what is nested so deep that reading it would exhaust the stack', () => {
  const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown;
  const step = { type: 'Step', data: { key: 'tool:1.1', kind: 'model', result: deep } };

  it.each<[string, Parameters<typeof decode>[0], object]>([
    ['a request', submitSchema, { ...REQUEST, metadata: { deep } }],
    ['a report, which a worker would repeat for ever', reportSchema, { ...REPORT, facts: [step] }],
  ])('is refused in %s', (_, schema, value) => {
    expect(refusal(schema, value).message).toBe('nested deeper than 64 levels');
  });
});

describe('what a worker sends', () => {
  it('passes as it is when right', () => {
    expect(decode(beatSchema, BEAT)).toEqual(BEAT);
    expect(decode(reportSchema, REPORT)).toEqual(REPORT);
  });

  it.each<[string, object]>([
    ['workerId', { workerId: 'w.1' }],
    ['boot', { boot: 'x' }],
    ['free', { free: -1 }],
    ['held.0.1', { held: [[UUID, 'x']] }],
    ['extra', { extra: 1 }],
  ])('is no beat with a wrong %s', (field, wrong) =>
    expect(refusal(beatSchema, { ...BEAT, ...wrong }).details.field).toBe(field),
  );

  it.each<[string, object]>([
    ['seq', { seq: 0 }],
    ['epoch', { epoch: 1.5 }],
    ['facts', { facts: [] }],
    ['facts.0.type', { facts: [{ type: 'TaskCompleted', data: {} }] }],
    ['facts.0.data.text', { facts: [{ type: 'Output', data: { channel: 'stdout', text: 'a\0' } }] }],
    [
      'facts.0.data.result',
      { facts: [{ type: 'Step', data: { key: 'k', kind: 'k', result: { 'a\0': 1 } } }] },
    ],
    ['facts.0.data.output', { facts: [{ type: 'Completed', data: {} }] }],
  ])('is no report with wrong %s', (field, wrong) =>
    expect(refusal(reportSchema, { ...REPORT, ...wrong }).details.field).toBe(field),
  );
});
