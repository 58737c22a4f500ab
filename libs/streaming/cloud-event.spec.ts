import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '#contract';
import type { Recorded } from '#task';
import { MAX_BODY_BYTES, fromMessage, toMessage } from './cloud-event.js';
import type { Publication } from './cloud-event.js';

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

const back = (headers: Readonly<Record<string, string>>, body: string) =>
  fromMessage((name) => headers[name], body);

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
      'mesh-version': '7',
      'mesh-cursor': '1/734/12',
      'mesh-previous': '1/733/15',
      'mesh-commit': '0197a1b2-0000-7000-8000-000000000001',
      'mesh-event': '1/2',
    });
    expect(JSON.parse(body)).toEqual({
      taskId: '0197a1b2-0000-7000-8000-00000000000a',
      version: 7,
      at: '2026-01-01T00:00:00.000Z',
      author: { kind: 'worker', id: 'w1', epoch: 2, seq: 3 },
      data: { output: 'caf\u00e9' },
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
      const { event: read, ...place } = back(headers, body);
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
    expect(back(headers, body)).toMatchObject({ id: publication.event.id, version: 7, event: null });
  });

  it.each([
    ['ce-specversion', '0.3'],
    ['ce-id', ''],
    ['ce-type', 'TaskExploded'],
    ['ce-type', 'constructor'],
    ['ce-source', '/tenants/default'],
    ['ce-source', '%E0%A4%A'],
    ['mesh-cursor', '1/2'],
    ['mesh-previous', '1/2/-3'],
    ['mesh-commit', ''],
    ['mesh-event', 'last'],
  ])('is refused with %s "%s"', (name, value) => {
    const { headers, body } = toMessage(publicationOf());
    expect(() => back({ ...headers, [name]: value }, body)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(name) }),
    );
  });

  it.each(['', 'x', '{}', '[]', '{"taskId":"t","version":1.5,"at":"","author":{"kind":"user","id":"u"}}'])(
    'is refused with the body %s',
    (body) => {
      expect(() => back(toMessage(publicationOf()).headers, body)).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      );
    },
  );
});
