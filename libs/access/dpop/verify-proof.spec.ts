import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMeshError } from '#errors';
import { PAIRS, encoded, forge } from './forge.contract.js';
import { CLAIMS, NOW_SECONDS, REQUEST, TOKEN, good, other, refusalOf } from './proofs.contract.js';
import { verifyProof } from './verify-proof.js';

const { ES256 } = PAIRS;

describe('a DPoP proof', () => {
  it.each(['ES256', 'EdDSA'] as const)('signed with %s says whose key it is', (alg) => {
    const pair = PAIRS[alg];
    const proof = verifyProof(forge(pair, { alg }, CLAIMS), REQUEST);
    expect(proof).toEqual({
      jkt: expect.stringMatching(/^[\w-]{43}$/),
      jwk: pair.publicJwk,
      jti: 'an-id',
      iat: NOW_SECONDS,
    });
    expect(verifyProof(forge(pair, { alg }, CLAIMS), { ...REQUEST, expectedJkt: proof.jkt })).toEqual(proof);
  });

  it('is verified where RFC 9449 shows one, with the thumbprint it states', () => {
    const proof = verifyProof(RFC_9449, {
      method: 'GET',
      url: 'https://resource.example.org/protectedresource',
      accessToken: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
      now: new Date(1_562_262_618_000),
    });
    expect(proof.jkt).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
  });

  it('may have a token in it that nobody presented, as where one is asked for', () => {
    expect(verifyProof(good, { ...REQUEST, accessToken: undefined })).toMatchObject({ jti: 'an-id' });
  });

  it('may be a minute old, or ahead, and may have more members than needed', () => {
    for (const iat of [NOW_SECONDS - 60, NOW_SECONDS + 60, NOW_SECONDS + 0.5]) {
      const proof = forge(ES256, { kid: 'k' }, { ...CLAIMS, iat, nonce: 'n' });
      expect(verifyProof(proof, REQUEST)).toMatchObject({ iat });
    }
    const keyed = { jwk: { ...ES256.publicJwk, kid: 'k', use: 'sig' } };
    expect(verifyProof(forge(ES256, keyed, CLAIMS), REQUEST).jwk).toEqual(ES256.publicJwk);
  });
});

/** RFC 9449 §7.1, figure 14. */
const RFC_9449 =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik' +
  'VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR' +
  'nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE' +
  'QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj' +
  'oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z' +
  'WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF' +
  'c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E' +
  'OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA';

describe('a DPoP proof is refused that', () => {
  it('has one character changed, wherever', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 2), fc.integer({ min: 1, max: 127 }), (at, mask) => {
        const changed = String.fromCodePoint((good.codePointAt(at) ?? 0) ^ mask);
        const refusal = refusalOf(good.slice(0, at) + changed + good.slice(at + 1));
        expect(isMeshError(refusal, 'unauthenticated')).toBe(true);
      }),
    );
  });

  it('is any text at all: an answer, never a crash', () => {
    const json = fc.json().map(encoded);
    const jws = fc.tuple(json, json, fc.base64String()).map((parts) => parts.join('.'));
    const header = fc.record({
      typ: fc.constant('dpop+jwt'),
      alg: fc.constant('ES256'),
      jwk: fc.jsonValue(),
    });
    const signed = fc.tuple(header, fc.jsonValue()).map(([h, claims]) => forge(ES256, h, claims));
    fc.assert(
      fc.property(fc.oneof(fc.string(), jws, signed, fc.array(fc.string())), (proof) => {
        expect(isMeshError(refusalOf(proof), 'unauthenticated')).toBe(true);
      }),
    );
  });
});

it('tells neither the token nor more than 200 characters of a proof when it refuses one', () => {
  const refusal = refusalOf(other({ htm: 'x'.repeat(64) }));
  const long = refusalOf(forge(ES256, { typ: 'y'.repeat(4_000) }, CLAIMS));
  for (const error of [refusal, long]) {
    const said = isMeshError(error) ? `${error.message} ${JSON.stringify(error.details)}` : '';
    expect(said.length).toBeLessThan(600);
    expect(said).not.toContain(TOKEN);
  }
});
