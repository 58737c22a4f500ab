import { describe, expect, it } from 'vitest';
import { redacted } from './redacted.js';

describe('a text without secrets', () => {
  it('has each of them taken out wherever it stands, a longer one before its part', () => {
    const secrets = ['sk-12345', 'sk-12345-abc'];
    expect(redacted('a sk-12345-abc, sk-12345 and sk-12345!', secrets)).toBe(
      'a [redacted], [redacted] and [redacted]!',
    );
  });

  it('keeps what is too short to be one', () => {
    expect(redacted('level 3', ['3', ''], 4)).toBe('level 3');
    expect(redacted('key abc', ['abc', ''])).toBe('key [redacted]');
  });
});
