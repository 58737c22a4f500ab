import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '#contract';
import { argumentsHash } from '../arguments-hash.js';
import { Secret } from './secret.js';
import { hashOf, kindOf, newToken } from './tokens.js';
import type { TokenKind } from './tokens.js';

const KINDS: readonly TokenKind[] = ['access', 'refresh', 'machine', 'device', 'reset', 'setup'];

describe('a token', () => {
  it.each(KINDS)('for %s says so, is never the same twice, and is kept as a hash', (kind) => {
    const tokens = Array.from({ length: 50 }, () => newToken(kind));
    expect(new Set(tokens).size).toBe(50);
    for (const token of tokens) {
      expect(kindOf(token)).toBe(kind);
      expect(token.length).toBeGreaterThanOrEqual(43 + 6);
      expect(hashOf(token)).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('for a machine is told from what looks like one by its checksum', () => {
    const token = newToken('machine');
    const at = fc.integer({ min: 'cc_pat_'.length, max: token.length - 1 });
    fc.assert(
      fc.property(at, fc.constantFrom('a', 'b', 'Y', 'Z', '0', '9'), (index, character) => {
        const changed = token.slice(0, index) + character + token.slice(index + 1);
        expect(kindOf(changed)).toBe(changed === token ? 'machine' : null);
      }),
    );
  });

  it('is nothing that is not made here', () => {
    fc.assert(fc.property(fc.string(), (text) => kindOf(text) === null));
    for (const text of [
      '',
      'cc_at_',
      `cc_xx_${'x'.repeat(43)}`,
      `${newToken('access')} `,
      `${newToken('access')}x`,
    ])
      expect(kindOf(text)).toBeNull();
  });
});

describe('a secret', () => {
  const password = `correct horse ${crypto.randomUUID()}`;
  const secret = new Secret(password);

  it('shows nothing of itself, however it is printed', () => {
    const printed = [
      JSON.stringify({ secret }),
      String(secret),
      inspect({ secret }),
      canonicalJson({ secret }),
    ];
    for (const text of printed) expect(text).not.toContain('horse');
    expect(Object.values(secret)).toEqual([]);
    expect(secret.reveal()).toBe(password);
  });

  it('leaves the hash of arguments in the audit the same whatever it is', () => {
    const hash = argumentsHash({ name: 'ada', password: secret });
    expect(hash).toBe(argumentsHash({ name: 'ada', password: new Secret('another') }));
    expect(hash).not.toBe(argumentsHash({ name: 'bob', password: secret }));
  });
});
