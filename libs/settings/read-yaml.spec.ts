import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { invalidSettings, readYaml } from '#settings';

const schema = z.strictObject({
  name: z.string().optional(),
  size: z.int().optional(),
  parts: z.array(z.strictObject({ id: z.string() })).optional(),
});

const problemsOf = (text: string) => readYaml(schema, text, 'a.yaml').problems;

describe('a settings file', () => {
  it('is read by its schema', () => {
    expect(readYaml(schema, 'name: x\nparts: [{ id: a }]\n', 'a.yaml')).toEqual({
      values: { name: 'x', parts: [{ id: 'a' }] },
      problems: [],
    });
  });

  it.each(['', '# nothing yet\n', 'null', '{}'])('sets nothing where it is %j', (text) => {
    expect(readYaml(schema, text, 'a.yaml')).toEqual({ values: {}, problems: [] });
  });

  it('tells all problems at once, each with line and column', () => {
    expect(problemsOf('name: 3\ncolour: red\nparts:\n  - id: a\n  - id: 4\n    bad: 1\n')).toEqual([
      { where: 'a.yaml:1:7', field: 'name', message: expect.stringContaining('expected string') },
      { where: 'a.yaml:5:9', field: 'parts.1.id', message: expect.stringContaining('expected string') },
      { where: 'a.yaml:6:10', field: 'parts.1.bad', message: 'there is no such key' },
      { where: 'a.yaml:2:9', field: 'colour', message: 'there is no such key' },
    ]);
  });

  it.each([
    ['an anchor', 'name: &x a\n', 'a.yaml:1:10', 'name', '&x'],
    ['an alias', 'name: a\nparts: *x\n', 'a.yaml:2:8', 'parts', '*x'],
    ['a tag', 'name: !!str a\n', 'a.yaml:1:13', 'name', 'tags are not allowed'],
    ['a tag of its own', '!js/function\nname: a\n', 'a.yaml:2:1', '', 'tags are not allowed'],
    ['a key twice', 'name: a\nname: b\n', 'a.yaml:2:1', '', 'unique'],
    ['a prototype', '__proto__: { size: 1 }\n', 'a.yaml:1:1', '__proto__', 'no such key'],
    [
      'a prototype below',
      'parts: [{ id: a, __proto__: 1 }]\n',
      'a.yaml:1:18',
      'parts.__proto__',
      'no such key',
    ],
    ['a key that is no text', '? [a]\n: 1\n', 'a.yaml:1:3', '["a"]', 'no such key'],
    ['a merge', '<<: { size: 1 }\n', 'a.yaml:1:5', '<<', 'no such key'],
    ['another YAML', '%YAML 1.1\n---\nname: a\n', 'a.yaml:1:1', '', 'directives are not allowed'],
    ['two documents', 'name: a\n---\nname: b\n', 'a.yaml:2:1', '', 'multiple documents'],
    ['no YAML', 'name: [a\n', 'a.yaml:2:1', '', ']'],
    ['no mapping', '- a\n', 'a.yaml:1:1', '', 'expected object'],
  ])('is refused with %s', (_, text, where, field, message) => {
    const [first] = problemsOf(text);
    expect(first).toMatchObject({ where, field, message: expect.stringContaining(message) });
  });

  it('is refused, not followed, where it is nested without end or too large', () => {
    expect(problemsOf('['.repeat(20_000))).not.toEqual([]);
    expect(problemsOf(`name: ${'x'.repeat(256 * 1024)}`)).toEqual([
      { where: 'a.yaml:1:1', field: '', message: 'is larger than 262144 bytes' },
    ]);
  });

  it('is values or problems, whatever it holds', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        'name:',
        '\n',
        '  ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '&a ',
        '*a',
        '!!',
        '!x ',
        '%',
        '---',
        '"',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { values, problems } = readYaml(schema, pieces.join(''), 'a.yaml');
        expect(values === undefined).toBe(problems.length > 0);
        for (const { where } of problems) expect(where).toMatch(/^a\.yaml:\d+:\d+$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('becomes one error that holds them all', () => {
    const error = invalidSettings(problemsOf('name: 3\nsize: x\n'));
    expect(error).toMatchObject({ code: 'invalid_request', details: { field: 'name' } });
    expect(error.message.split('\n')).toEqual([
      expect.stringMatching(/^a\.yaml:1:7: name: /),
      expect.stringMatching(/^a\.yaml:2:7: size: /),
    ]);
    expect(error.details.problems?.map(({ field }) => field)).toEqual(['name', 'size']);
  });
});
