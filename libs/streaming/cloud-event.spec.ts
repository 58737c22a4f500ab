import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '#contract';
import type { Recorded } from '#task';
import { MAX_BODY_BYTES, toMessage } from './cloud-event.js';
import type { Publication } from './cloud-event.js';
import { fromMessage } from './received.js';

const cursor = { incarnation: 1, xid: '734', position: '12' };

const publicationOf = (
  event: Partial<FeedEvent> = {},
  data: object = { output: 'caf\u00e9' },
): Publication => ({
  event: {
    id: '0197a1b2-0000-7000-8000-000000000001:1',
    tenant: 'default',
    sessionId: 'ci',
    taskId: '0197a1b2-0000-7000-8000-00000000000a',
    cursor,
    event: {
      type: 'TaskCompleted',
      data,
      version: 7,
      at: '2026-01-01T00:00:00.000Z',
      author: { kind: 'worker', id: 'w1', epoch: 2, seq: 3 },
    } as Recorded,
    ...event,
  },
  commitId: '0197a1b2-0000-7000-8000-000000000001',
  index: 1,
  count: 2,
  previous: { incarnation: 1, xid: '733', position: '15' },
});

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const bigint = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);
const cursors = fc.record({ incarnation: fc.nat(), xid: bigint, position: bigint });

describe('the CloudEvent of an event', () => {
  it('is CloudEvents 1.0 in binary mode, on a subject that names tenant, session, task and type', () => {
    const { subject, headers, body } = toMessage(publicationOf());
    expect(subject).toBe('events.default.ci.0197a1b2-0000-7000-8000-00000000000a.TaskCompleted');
    expect(headers).toEqual({
      'ce-specversion': '1.0',
      'ce-id': '0197a1b2-0000-7000-8000-000000000001:1',
      'ce-type': 'TaskCompleted',
      'ce-source': '/tenants/default/sessions/ci',
      'ce-subject': '0197a1b2-0000-7000-8000-00000000000a',
      'ce-time': '2026-01-01T00:00:00.000Z',
      'content-type': 'application/json',
    });
    expect(JSON.parse(body)).toEqual({
      id: '0197a1b2-0000-7000-8000-000000000001:1',
      tenant: 'default',
      sessionId: 'ci',
      taskId: '0197a1b2-0000-7000-8000-00000000000a',
      type: 'TaskCompleted',
      version: 7,
      at: '2026-01-01T00:00:00.000Z',
      author: { kind: 'worker', id: 'w1', epoch: 2, seq: 3 },
      data: { output: 'caf\u00e9' },
      cursor: '1/734/12',
      previous: '1/733/15',
      commit: '0197a1b2-0000-7000-8000-000000000001',
      index: 1,
      count: 2,
    });
  });

  it('comes back as it went, whatever ids and texts hold, in headers of printable ASCII and a subject of five tokens', () => {
    const publications = fc.record({
      tenant: text,
      sessionId: text,
      taskId: text,
      id: text.filter((id) => id !== ''),
      cursor: cursors,
    });
    const check = fc.property(publications, text, cursors, (event, output, previous) => {
      const publication = { ...publicationOf(event, { output }), previous };
      const { subject, headers, body } = toMessage(publication);
      const { event: read, ...place } = fromMessage(body) ?? {};
      const { commitId, index, count } = publication;
      expect(read).toEqual(publication.event);
      expect(place).toEqual({
        id: event.id,
        taskId: event.taskId,
        cursor: event.cursor,
        version: 7,
        commitId,
        index,
        count,
        previous,
      });
      expect(Object.values(headers).join('')).toMatch(/^[!-~]*$/);
      expect(subject).toMatch(/^[^\s.*>]+(\.[^\s.*>]+){4}$/);
    });
    fc.assert(check);
  });

  it('says where its data is instead of carrying it where that is too large for a broker', () => {
    const publication = publicationOf({}, { output: '\u0001'.repeat(256 * 1024) }); // six bytes each, as JSON
    const { headers, body } = toMessage(publication);
    expect(headers['ce-dataref']).toBe('/v1/tasks/0197a1b2-0000-7000-8000-00000000000a/events');
    expect(body.length).toBeLessThan(MAX_BODY_BYTES);
    expect(fromMessage(body)).toMatchObject({ id: publication.event.id, version: 7, event: null });
  });

  it.each([
    ['id', ''],
    ['id', 7],
    ['tenant', null],
    ['sessionId', {}],
    ['taskId', undefined],
    ['type', 'TaskExploded'],
    ['type', 'constructor'],
    ['version', 1.5],
    ['version', -1],
    ['version', '7'],
    ['at', 0],
    ['author', 'root'],
    ['author', { kind: 'root', id: 'w1' }],
    ['author', { kind: 'user' }],
    ['data', null],
    ['data', 'text'],
    ['data', []],
    ['cursor', '1/2'],
    ['cursor', { incarnation: 1, xid: '734', position: '12' }],
    ['cursor', `1/2/${'9'.repeat(400)}`],
    ['previous', '1/2/-3'],
    ['previous', '1/2/3\n'],
    ['commit', ''],
    ['index', 'last'],
    ['index', -1],
    ['count', 0],
    ['count', 1e300],
  ])('is not one of ours with %s %j', (name, value) => {
    const { body } = toMessage(publicationOf());
    expect(fromMessage(body)).not.toBeNull();
    expect(fromMessage(JSON.stringify({ ...JSON.parse(body), [name]: value }))).toBeNull();
  });

  it.each(['', 'x', '{}', '[]', 'null', '"text"', '7', '{"taskId":"t"}'])(
    'is not one of ours with the body %s',
    (body) => {
      expect(fromMessage(body)).toBeNull();
    },
  );

  it('is not any JSON, and any may be tried', () => {
    const check = fc.property(fc.json(), (body) => {
      expect(fromMessage(body)).toBeNull();
    });
    fc.assert(check);
  });
});
