import { createPrivateKey, randomBytes } from 'node:crypto';
import { MARK } from './leaks/forms.js';
import { noteSecret } from './leaks/run-folder.js';

export type PlantedKind = 'password' | 'token' | 'clientSecret' | 'key';

/** What precedes the 32 bytes of an Ed25519 key in PKCS #8. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

const marked = (): string => `${MARK}${randomBytes(24).toString('hex')}`;

/** An Ed25519 key as a private JWK, in JSON; the mark is in its secret half. */
function markedKey(): string {
  const secret = Buffer.concat([Buffer.from(MARK), randomBytes(32)]).subarray(0, 32);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secret]), format: 'der', type: 'pkcs8' });
  return JSON.stringify(key.export({ format: 'jwk' }));
}

const MAKE = {
  password: marked,
  token: marked,
  clientSecret: marked,
  key: markedKey,
} as const satisfies Record<PlantedKind, () => string>;

/**
 * A new secret to be used as one: a password that the rules allow, a token, a client's secret, or an Ed25519 key (a
 * private JWK, as JSON). At the end of a run of the tests, all its outputs are searched for the mark it bears.
 */
export function plant(kind: PlantedKind): string {
  noteSecret(kind);
  return MAKE[kind]();
}

const watched = new Set<string>();

/** Has a secret searched for that was made by the product, so that it bears no mark. Answers it. */
export function watchFor(what: string, secret: string): string {
  if (!watched.has(secret)) noteSecret(what, secret);
  watched.add(secret);
  return secret;
}
