import { expect, it } from 'vitest';
import { versionIn } from './if-match.js';

it.each([
  ['"3"', 3],
  [' "0" ', 0],
  ['*', '*'],
])('If-Match: %s asks for version %s', (header, version) => {
  expect(versionIn(header)).toBe(version);
});

it.each(['', '3', 'W/"3"', '"3", "4"', '"-1"', '"1e3"', '"1234567890"'])(
  'If-Match: %s is refused, not ignored',
  (header) => {
    expect(() => versionIn(header)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        details: expect.objectContaining({ field: 'If-Match' }),
      }),
    );
  },
);
