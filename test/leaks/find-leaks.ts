import { MARK, formsOf } from './forms.js';
import type { NotedSecret, Output } from './run-folder.js';

/** A secret in an output. The context shows where, and not the secret. */
export type Leak = Readonly<{ output: string; what: string; context: string }>;

/** What no output that somebody reads may hold, by its form. A quote may be escaped: logs hold JSON in JSON. */
const FORMS: readonly (readonly [what: string, form: RegExp])[] = [
  ['an access token', /\bcc_at_[\w-]{20,}/g],
  ['a refresh token', /\bcc_rt_[\w-]{20,}/g],
  ['a machine token', /\bcc_pat_[\w-]{20,}/g],
  ['an authorization', /\b(?:bearer|dpop|basic)[ ]+[\w~+/=.-]{20,}/gi],
  [
    'a header that only its two ends may know',
    /\b(?:(?:proxy-)?authorization|cookie|set-cookie|dpop)\\*["']?\s*[:=]\s*\\*["']?[\w~+/=.-]{20,}/gi,
  ],
  ['a private key', /\\*"d\\*"\s*:\s*\\*"[\w-]{40,}/g],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/g],
  ['a JSON Web Token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*/g],
  ['a password’s hash', /\$argon2(?:id|i|d)\$v=/g],
];

const AROUND = 60;

/** Beside a secret, another may stand: whatever is long and no word is left out. */
const hidden = (text: string): string => text.replaceAll(/[\w~+/=.-]{16,}/g, '[…]');

/** All leaks of an output. Secrets that tests know are searched for in every kind of output, forms where people read. */
export function leaksIn({ kind, name, text }: Output, secrets: readonly NotedSecret[]): readonly Leak[] {
  const found = (what: string, at: number, length: number): Leak => ({
    output: `${kind}/${name}`,
    what,
    context: `${hidden(text.slice(Math.max(0, at - AROUND), at))}[…]${hidden(text.slice(at + length, at + length + AROUND))}`,
  });
  const known = [{ what: 'a planted secret', secret: MARK }, ...secrets].flatMap(({ what, secret }) =>
    secret === undefined ? [] : formsOf(secret).map((form) => ({ what, form })),
  );
  const lower = text.toLowerCase();
  const leaks = known.flatMap(({ what, form }) => {
    const at = lower.indexOf(form.toLowerCase()); // a product may change a name's case; that of base64 tells little either way
    return at < 0 ? [] : [found(what, at, form.length)];
  });
  if (kind === 'at-rest') return leaks;
  const byForm = FORMS.flatMap(([what, form]) =>
    [...text.matchAll(form)].slice(0, 3).map(({ 0: whole, index }) => found(what, index, whole.length)),
  );
  return [...leaks, ...byForm];
}
