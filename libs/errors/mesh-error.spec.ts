import { describe, expect, it } from 'vitest';
import { ERROR_CODES, MeshError, isMeshError } from '#errors';

describe('an error of ours', () => {
  it('says what, why and what caused it', () => {
    const cause = new Error('socket closed');
    const error = new MeshError('unavailable', 'the log is away', { retryAfterSeconds: 1 }, { cause });
    expect(error).toMatchObject({
      name: 'MeshError',
      code: 'unavailable',
      details: { retryAfterSeconds: 1 },
      cause,
    });
    expect(String(error)).toBe('MeshError: the log is away');
  });

  it.each(ERROR_CODES)('is told apart by its code %s', (code) => {
    const error: unknown = new MeshError(code, 'x');
    expect(isMeshError(error)).toBe(true);
    expect(ERROR_CODES.filter((other) => isMeshError(error, other))).toEqual([code]);
  });

  it.each([null, undefined, 'internal', new Error('x'), { code: 'internal' }])('is not %s', (other) => {
    expect(isMeshError(other)).toBe(false);
  });
});
