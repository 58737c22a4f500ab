import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TaskUpdateEvent } from '#contract';
import { ERROR_CODES, MeshError } from '#errors';
import { HTTP_STATUS } from './status.js';
import { COMMENT, END, encodeUpdate, errorOfProblem, problemOf, sseParser } from './wire.js';

const update = (version: number, output: string): TaskUpdateEvent => ({
  taskId: '01890000-0000-7000-8000-000000000000',
  status: 'running',
  timestamp: '2026-01-01T00:00:00.000Z',
  version,
  type: 'OutputAppended',
  output,
});

it('reads back every update it wrote, however the text was cut on its way', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
      fc.array(fc.nat(400), { maxLength: 30 }),
      (outputs, cuts) => {
        const updates = outputs.map((output, i) => update(i + 1, output));
        const text = COMMENT + updates.map((one) => encodeUpdate(one) + COMMENT).join('') + END;
        const places = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
        const parse = sseParser();
        const messages = places.slice(1).flatMap((end, i) => parse(text.slice(places[i], end)));
        expect(messages.slice(0, -1).map(({ data }) => JSON.parse(data))).toEqual(updates);
        expect(messages.at(-1)?.event).toBe('end');
      },
    ),
  );
});

it('reads all three ends of a line, also one that arrives in two halves', () => {
  const parse = sseParser();
  expect([
    ...parse('data: a\r'),
    ...parse('\ndata:b\r'),
    ...parse('data\r\r'),
    ...parse('event: x\n'),
  ]).toEqual([{ event: 'message', data: 'a\nb\n' }]);
});

it('tells every error so that the other side throws the same', () => {
  for (const code of ERROR_CODES) {
    const error = new MeshError(code, 'why', {
      field: 'a.b',
      hint: 'do',
      rule: 'roles',
      retryAfterSeconds: 2,
      problems: [{ field: 'a', message: 'm' }],
    });
    const back = errorOfProblem(
      JSON.parse(JSON.stringify(problemOf(error, HTTP_STATUS[code], 'id'))),
      HTTP_STATUS[code],
    );
    expect(back).toMatchObject({ code, message: 'why', details: error.details });
  }
});

it('makes an error of a status alone where something between answered', () => {
  expect(errorOfProblem(null, 502, 3)).toMatchObject({
    code: 'unavailable',
    details: { retryAfterSeconds: 3 },
  });
  expect(errorOfProblem({ message: 'hi' }, 418)).toMatchObject({ code: 'invalid_request' });
  expect(errorOfProblem('<html>', 500)).toMatchObject({ code: 'internal' });
});
