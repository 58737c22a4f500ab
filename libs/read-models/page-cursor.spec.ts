import { describe, expect, it } from 'vitest';
import { decodePlace, encodePlace, pageOf } from './page-cursor.js';

const place = { at: '2026-01-02T03:04:05.678Z', id: '00000000-0000-7000-8000-000000000001' };
const raw = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a page cursor', () => {
  it('leads back to the place it was made of', () => {
    expect(decodePlace(encodePlace(place))).toEqual(place);
    expect(encodePlace(place)).toMatch(/^[\w-]+$/);
  });

  it.each([
    ['', 'nothing'],
    ['%%%', 'no base64'],
    [raw('text'), 'no list'],
    [raw([place.at]), 'half a place'],
    [raw([place.at, 'x']), 'no id'],
    [raw(['yesterday', place.id]), 'no time'],
    [raw(['2026-99-02T03:04:05.678Z', place.id]), 'no such month'],
    [raw([place.at, place.id, 1]), 'too much'],
  ])('%s is refused, naming the field: %s', (cursor) => {
    expect(() => decodePlace(cursor)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        details: expect.objectContaining({ field: 'cursor' }),
      }),
    );
  });

  it('is given only where there is a next page', () => {
    expect(pageOf([1, 2], 2, () => place)).toEqual({ items: [1, 2] });
    expect(pageOf([1, 2, 3], 2, () => place)).toEqual({ items: [1, 2], cursor: encodePlace(place) });
    expect(pageOf([], 2, () => place)).toEqual({ items: [] });
  });
});
