import { describe, expect, it } from 'vitest';
import { ERROR_CODES, MeshError } from '#errors';
import { EXIT_OF } from './exit-codes.js';
import { harmless, shortened } from './harmless.js';
import { take } from './pages.js';
import { integer, keyValue, listOf, moment, names } from './parse.js';
import { reportError } from './report-error.js';
import { Output } from './output.js';
import { table } from './table.js';
import type { Column } from './table.js';
import { fakeIo } from './fake-cli.contract.js';

describe('text of others', () => {
  it('cannot move the cursor, colour the screen, ring or reorder', () =>
    expect(harmless('a\u001B[31mb\u0007\u009Bc\u202Ed\re\nf')).toBe('a␛[31mb␇\uFFFDc\uFFFDd e f'));

  it('is cut with an ellipsis, by characters and not by halves of them', () =>
    expect([shortened('😀😀😀', 3), shortened('😀😀😀', 2)]).toEqual(['😀😀😀', '😀…']));
});

describe('a table', () => {
  it('is aligned, and one row stays one line', () =>
    expect(
      table(
        [
          { a: 'x\ny', b: 1 },
          { a: 'long one', b: 22 },
        ],
        [
          { title: 'A', of: ({ a }) => a },
          { title: 'B', of: ({ b }) => b },
        ],
      ),
    ).toBe('A         B\nx y       1\nlong one  22'));
});

describe('colour', () => {
  const rows = [{ ok: true }, { ok: false }];
  const columns: readonly Column<{ ok: boolean }>[] = [
    { title: 'OK', of: ({ ok }) => (ok ? 'yes' : 'NO'), tone: ({ ok }) => (ok ? 'good' : 'bad') },
    { title: 'X', of: () => 'x' },
  ];

  it('is in cells alone, and moves no column', () =>
    expect(table(rows, columns, true)).toBe(
      'OK   X\n\u001B[32myes\u001B[39m  x\n\u001B[31mNO\u001B[39m   x',
    ));

  it.each([
    [{ tty: true, env: {} }, true],
    [{ tty: true, env: { NO_COLOR: '1' } }, false],
    [{ tty: true, env: { TERM: 'dumb' } }, false],
    [{ tty: false, env: {} }, false],
  ])('is for terminals that want it: %j', ({ tty, env }, expected) => {
    const { io } = fakeIo({ tty });
    expect(new Output({ ...io, env }, {}).color).toBe(expected);
    expect(new Output({ ...io, env }, { json: true }).color).toBe(false);
  });
});

describe('flags', () => {
  it('take whole numbers of their range only', () => {
    expect(integer(0, 9)('7')).toBe(7);
    for (const bad of ['10', '-1', '1.5', 'x', ''])
      expect(() => integer(0, 9)(bad)).toThrow('whole number, 0–9');
  });

  it('collect key=value pairs, whose values may be JSON', () =>
    expect(keyValue('b=text=x', keyValue('a={"n":1}'))).toEqual({ a: { n: 1 }, b: 'text=x' }));

  it('take a list of known words', () => {
    expect(listOf(['api', 'worker'])('api, worker')).toEqual(['api', 'worker']);
    expect(() => listOf(['api', 'worker'])('api,x')).toThrow('api, worker');
  });

  it('collect names, one or several at a time', () => {
    expect(names('c', names('a, b,'))).toEqual(['a', 'b', 'c']);
    expect(() => names(' , ')).toThrow('It must be a name');
  });

  it('take times, a date alone as its first moment', () => {
    expect(moment('2026-11-22')).toBe('2026-11-22T00:00:00.000Z');
    expect(() => moment('yesterday')).toThrow('2026-11-22T21:47:00Z');
  });
});

describe('an error', () => {
  it('of several problems tells each once', async () => {
    const { io, stderr } = fakeIo();
    const problems = ['a', 'b'].map((field) => ({ field, message: 'is wrong' }));
    const error = new MeshError('invalid_request', 'a: is wrong; b: is wrong', { problems });
    await reportError(io, error, { json: false });
    expect(stderr()).toMatch(/^error: 2 things are wrong\n {2}a: is wrong\n {2}b: is wrong\n {2}next: \S/);
  });

  it.each(ERROR_CODES.map((code) => [code] as const))(
    'of code %s says what to do next and has an exit code',
    async (code) => {
      const { io, stderr } = fakeIo();
      expect(await reportError(io, new MeshError(code, 'it went wrong'), { json: false })).toBe(
        EXIT_OF[code],
      );
      expect(stderr()).toMatch(/^error: it went wrong\n {2}next: \S/);
    },
  );

  it('is one JSON object with --json', async () => {
    const { io, stderr } = fakeIo();
    const error = new MeshError('invalid_request', 'priority: too high', {
      field: 'priority',
      hint: 'take 9',
    });
    await reportError(io, error, { json: true });
    expect(JSON.parse(stderr())).toEqual({
      error: {
        code: 'invalid_request',
        message: 'priority: too high',
        field: 'priority',
        hint: 'take 9',
        exitCode: 2,
      },
    });
  });

  it('shows no control sequences of others', async () => {
    const { io, stderr } = fakeIo();
    await reportError(io, new MeshError('not_found', 'no \u001B]0;title\u0007'), { json: false });
    expect(stderr()).not.toContain('\u001B');
  });
});

describe('pages', () => {
  it('are read until there is enough, and say whether there is more', async () => {
    const asked: number[] = [];
    const found = await take(5, 3, async (limit, cursor) => {
      asked.push(limit);
      const from = Number(cursor ?? 0);
      return {
        items: Array.from({ length: limit }, (_, index) => from + index),
        cursor: String(from + limit),
      };
    });
    expect({ found, asked }).toEqual({ found: { items: [0, 1, 2, 3, 4], more: true }, asked: [3, 2] });
  });
});
