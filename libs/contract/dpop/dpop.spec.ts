import fc from 'fast-check';
import { compactVerify, calculateJwkThumbprint, importJWK } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  exportDeviceKey,
  generateDeviceKey,
  importDeviceKey,
  newJti,
  proofUrl,
  signProof,
  thumbprintOf,
} from '#contract/dpop';

const CURVES = ['P-256', 'Ed25519'] as const;
const NOW = new Date('2026-01-01T00:00:00.900Z');
const SHOWN = { method: 'POST', url: 'https://mesh.example/v1/tasks?x=1#y', now: NOW, jti: 'an-id' };

describe.each(CURVES)('a device key on %s', (curve) => {
  it('signs what jose, another implementation, reads and verifies', async () => {
    const key = await generateDeviceKey({ curve });
    const proof = await signProof(key, { ...SHOWN, accessToken: 'a token' });
    const { payload, protectedHeader } = await compactVerify(proof, await importJWK(key.publicJwk, key.alg));
    expect(protectedHeader).toEqual({ typ: 'dpop+jwt', alg: key.alg, jwk: key.publicJwk });
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({
      htm: 'POST',
      htu: 'https://mesh.example/v1/tasks',
      iat: Date.parse('2026-01-01T00:00:00Z') / 1000,
      jti: 'an-id',
      ath: '4zFuK6_rthA6NBjod4wK3JYNQCE6A6fn9PzTQm7YB78', // printf 'a token' | openssl sha256 -binary | base64url
    });
    expect(key.jkt).toBe(await calculateJwkThumbprint(key.publicJwk));
  });

  it('gives only its public half away', async () => {
    const key = await generateDeviceKey({ curve });
    const { d } = await exportDeviceKey(key);
    const [header = '', payload = ''] = (await signProof(key, SHOWN))
      .split('.')
      .map((part) => atob(unurl(part)));
    expect(JSON.parse(header)).not.toHaveProperty('jwk.d');
    expect([header, payload, JSON.stringify(key)].filter((text) => text.includes(d))).toEqual([]);
  });

  it('is the same after it was exported, kept and imported, and cannot be read out of memory again', async () => {
    const key = await generateDeviceKey({ curve });
    const again = await importDeviceKey(JSON.parse(JSON.stringify(await exportDeviceKey(key))));
    expect(again.jkt).toBe(key.jkt);
    const proof = await signProof(again, SHOWN);
    await expect(compactVerify(proof, await importJWK(key.publicJwk, key.alg))).resolves.toBeDefined();
    await expect(exportDeviceKey(again)).rejects.toMatchObject({ code: 'access_denied' });
  });

  it('is not exported if it was made to stay', async () => {
    const key = await generateDeviceKey({ curve, extractable: false });
    await expect(exportDeviceKey(key)).rejects.toMatchObject({ code: 'access_denied' });
    await expect(signProof(key, SHOWN)).resolves.toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}$/);
  });
});

const unurl = (text: string) => text.replaceAll('-', '+').replaceAll('_', '/');

describe('a device key', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('has the thumbprint that RFC 8037 computes for its example', async () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    expect(await thumbprintOf({ kty: 'OKP', crv: 'Ed25519', x })).toBe(
      'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    );
  });

  it.each([
    ['nothing', {}],
    ['a public key', { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }],
    ['an RSA key', { kty: 'RSA', n: 'x', e: 'AQAB', d: 'x' }],
    [
      'a point that is not on its curve',
      { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43), d: 'A'.repeat(43) },
    ],
  ])('is not made of %s', async (_, jwk) => {
    await expect(importDeviceKey(jwk as never)).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'deviceKey' },
    });
  });

  it('says what is missing in a page without WebCrypto', async () => {
    vi.stubGlobal('crypto', {});
    await expect(generateDeviceKey()).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('signs for no address that is none', async () => {
    const key = await generateDeviceKey();
    await expect(signProof(key, { ...SHOWN, url: '/v1/tasks' })).rejects.toMatchObject({
      details: { field: 'url' },
    });
  });

  it('gives each proof an id of its own', () => {
    const ids = Array.from({ length: 1_000 }, newJti);
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every((id) => /^[\w-]{22}$/.test(id))).toBe(true);
  });
});

const escaped = (text: string) =>
  Array.from(new TextEncoder().encode(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

describe('the address in a proof', () => {
  it.each([
    ['https://Mesh.Example/a', 'HTTPS://mesh.example:443/a'],
    ['http://mesh.example', 'http://mesh.example:80/'],
    ['https://mesh.example/a', 'https://mesh.example/a?b=c#d'],
    ['https://mesh.example/a/c', 'https://mesh.example/a/./b/../c'],
    ['https://mesh.example/~a', 'https://mesh.example/%7Ea'],
    ['https://mesh.example/~a', 'https://mesh.example/%7ea'],
    ['https://mesh.example/%2Fa', 'https://mesh.example/%2fa'],
    ['https://mesh.example/a%7Cb', 'https://mesh.example/a|b'],
    ['https://mesh.example/%C3%BC', 'https://mesh.example/ü'],
  ])('is one for %s and %s', (one, other) => {
    expect(proofUrl(one)).not.toBeNull();
    expect(proofUrl(one)).toBe(proofUrl(other));
  });

  it.each([
    ['https://mesh.example/a', 'http://mesh.example/a'],
    ['https://mesh.example/a', 'https://mesh.example:8443/a'],
    ['https://mesh.example/a', 'https://mesh.example/a/'],
    ['https://mesh.example/a', 'https://mesh.example/A'],
    ['https://mesh.example/a', 'https://other.example/a'],
    ['https://mesh.example/a/b', 'https://mesh.example/a%2Fb'],
    ['https://mesh.example/a%zz', 'https://mesh.example/a%25zz'],
  ])('tells %s from %s', (one, other) => {
    expect(proofUrl(one)).not.toBe(proofUrl(other));
  });

  it.each([
    '',
    '/v1/tasks',
    'ftp://mesh.example/',
    'https://ada@mesh.example/',
    'https://:pw@mesh.example/',
    'data:,x',
  ])('is none: "%s"', (url) => expect(proofUrl(url)).toBeNull());

  const urls = fc.webUrl({ withQueryParameters: true, withFragments: true, size: 'medium' });

  it('is settled: what was normalised once is not changed again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          urls,
          fc.string().map((path) => `https://h/${path}`),
        ),
        (url) => {
          const once = proofUrl(url);
          expect(once === null ? null : proofUrl(once)).toBe(once);
        },
      ),
    );
  });

  it('does not depend on query, fragment, or the case of scheme and host', () => {
    fc.assert(
      fc.property(urls, fc.webQueryParameters(), fc.webFragments(), (url, query, fragment) => {
        const { protocol, host, pathname } = new URL(url);
        const shouted = `${protocol.toUpperCase()}//${host.toUpperCase()}${pathname}?${query}#${fragment}`;
        expect(proofUrl(shouted)).toBe(proofUrl(url));
      }),
    );
  });

  it('does not depend on how a path is escaped, and never takes one path for another', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(part, part, (one, other) => {
        expect(proofUrl(`https://h/${escaped(one)}`)).toBe(
          proofUrl(`https://h/${escaped(one).toUpperCase()}`),
        );
        const [mine, theirs] = [one, other].map((text) => proofUrl(`https://h/${escaped(text)}`));
        expect(mine === theirs).toBe(one === other);
      }),
    );
  });
});
