import { describe, expect, it } from 'vitest';
import { PAIRS, athOf, encoded, forge } from './forge.contract.js';
import type { HeaderValue } from './proof-parts.js';
import { CLAIMS, NOW_SECONDS, REQUEST, good, other, refusalOf } from './proofs.contract.js';
import { verifyProof } from './verify-proof.js';

const { ES256, EdDSA, RS256, ES384 } = PAIRS;

const without = (name: keyof typeof CLAIMS) => other({ [name]: undefined });
const EMPTY_KEY = { ...ES256.publicJwk, x: 'A'.repeat(43), y: 'A'.repeat(43) };

/** What is wrong, the proof, and the reason it is refused for. Each has exactly one fault. */
const REFUSED: readonly (readonly [fault: string, proof: HeaderValue, reason: string])[] = [
  ['is not there', undefined, 'this needs a proof of the device key'],
  ['is empty', '', 'this needs a proof of the device key'],
  ['comes twice', [good, good], 'there is more than one DPoP proof'],
  ['comes twice, joined by the framework', `${good}, ${good}`, 'there is more than one DPoP proof'],
  ['is 9 KiB long', other({ pad: 'x'.repeat(9 * 1024) }), 'the DPoP proof is longer than 8192 bytes'],
  ['is no JWT', 'a.b', 'the DPoP proof is no JWT: it is not three parts in base64url'],
  ['is encrypted', 'a.b.c.d.e', 'the DPoP proof is no JWT: it is not three parts in base64url'],
  [
    'has a header that is no JSON',
    `${encoded('x')}.e30.AA`,
    'the DPoP proof is no JWT: its header is no JSON object',
  ],
  [
    'has a list for a payload',
    forge(ES256, {}, []),
    'the DPoP proof is no JWT: its payload is no JSON object',
  ],
  ['has no typ', forge(ES256, { typ: undefined }, CLAIMS), 'the DPoP proof has typ none'],
  ['is another kind of JWT', forge(ES256, { typ: 'JWT' }, CLAIMS), 'the DPoP proof has typ "JWT"'],
  ['is not signed', forge(ES256, { alg: 'none' }, CLAIMS), 'the DPoP proof is signed with "none"'],
  ['is signed with HS256', forge(ES256, { alg: 'HS256' }, CLAIMS), 'the DPoP proof is signed with "HS256"'],
  ['is signed with RS256', forge(RS256, { alg: 'RS256' }, CLAIMS), 'the DPoP proof is signed with "RS256"'],
  ['is signed with ES384', forge(ES384, { alg: 'ES384' }, CLAIMS), 'the DPoP proof is signed with "ES384"'],
  ['names no alg', forge(ES256, { alg: undefined }, CLAIMS), 'the DPoP proof is signed with none'],
  [
    'demands an extension',
    forge(ES256, { crit: ['b64'], b64: false }, CLAIMS),
    'the DPoP proof demands what is not known here: ["b64"]',
  ],
  [
    'holds an EC private key',
    forge(ES256, { jwk: ES256.privateJwk }, CLAIMS),
    'the DPoP proof gives its private key away (jwk.d)',
  ],
  [
    'holds a shared key',
    forge(ES256, { jwk: { kty: 'oct', k: 'c2VjcmV0' } }, CLAIMS),
    'the DPoP proof gives its private key away (jwk.k)',
  ],
  [
    'holds no key',
    forge(ES256, { jwk: undefined }, CLAIMS),
    'the DPoP proof holds no key that can be used: its members are not those of such a key',
  ],
  [
    'holds an RSA key',
    forge(ES256, { jwk: RS256.publicJwk }, CLAIMS),
    'the DPoP proof holds no key that can be used: its members are not those of such a key',
  ],
  [
    'holds a key of the other alg',
    forge(ES256, { jwk: EdDSA.publicJwk }, CLAIMS),
    'the DPoP proof holds no key that can be used: a Ed25519 key does not sign so',
  ],
  [
    'holds a point off its curve',
    forge(ES256, { jwk: EMPTY_KEY }, CLAIMS),
    'the DPoP proof holds no key that can be used: it is no point of its curve',
  ],
  [
    'was signed with another key',
    forge({ ...ES256, privateKey: PAIRS.stranger.privateKey }, {}, CLAIMS),
    'the signature of the DPoP proof is wrong',
  ],
  ['has a cut signature', good.slice(0, -4), 'the signature of the DPoP proof is wrong'],
  ['has its signature left out', good.replace(/[^.]*$/, ''), 'the signature of the DPoP proof is wrong'],
  [
    'has a signature of zeros',
    good.replace(/[^.]*$/, 'A'.repeat(86)),
    'the signature of the DPoP proof is wrong',
  ],
  ['was changed after signing', changedAfterSigning(), 'the signature of the DPoP proof is wrong'],
  ...(['jti', 'htm', 'htu', 'iat'] as const).map(
    (name) =>
      [`lacks ${name}`, without(name), `the DPoP proof lacks a claim, or it is malformed: ${name}`] as const,
  ),
  ['has an empty jti', other({ jti: '' }), 'the DPoP proof lacks a claim, or it is malformed: jti'],
  [
    'has a jti of a kilobyte',
    other({ jti: 'x'.repeat(1024) }),
    'the DPoP proof lacks a claim, or it is malformed: jti',
  ],
  [
    'has its time as text',
    other({ iat: `${NOW_SECONDS}` }),
    'the DPoP proof lacks a claim, or it is malformed: iat',
  ],
  ['is for another method', other({ htm: 'GET' }), 'the DPoP proof is for another method: GET, not POST'],
  [
    'has its method in lower case',
    other({ htm: 'post' }),
    'the DPoP proof is for another method: post, not POST',
  ],
  ...[
    'https://mesh.example/v1/status',
    'http://mesh.example/v1/tasks',
    'https://evil.example/v1/tasks',
    'https://mesh.example:8443/v1/tasks',
    '/v1/tasks',
    '',
  ].map(
    (htu) =>
      [
        `is for "${htu}"`,
        other({ htu }),
        'the DPoP proof is for another address: not https://mesh.example/v1/tasks',
      ] as const,
  ),
  ['is stale', other({ iat: NOW_SECONDS - 61 }), 'the DPoP proof is too old: it was made 61 s ago'],
  [
    'is from the future',
    other({ iat: NOW_SECONDS + 61 }),
    'the DPoP proof is from the future: it was made 61 s ahead',
  ],
  ['is for no token', without('ath'), 'the DPoP proof is for no token (ath is missing)'],
  ['is for another token', other({ ath: athOf('another') }), 'the DPoP proof is for another token'],
];

function changedAfterSigning(): string {
  const [header, , signature] = good.split('.');
  return `${header}.${encoded({ ...CLAIMS, jti: 'another' })}.${signature}`;
}

describe('a DPoP proof is refused that', () => {
  it.each(REFUSED)('%s', (_, proof, reason) => {
    const refusal = refusalOf(proof);
    expect(refusal).toMatchObject({
      code: 'unauthenticated',
      message: reason,
      details: { field: 'DPoP', hint: expect.stringMatching(/../) },
    });
  });

  it('is of another key than the token is bound to', () => {
    const { jkt } = verifyProof(forge(EdDSA, { alg: 'EdDSA' }, CLAIMS), REQUEST);
    expect(refusalOf(good, { ...REQUEST, expectedJkt: jkt })).toMatchObject({
      code: 'unauthenticated',
      message: 'the DPoP proof is of another key than the token is bound to',
    });
  });
});
