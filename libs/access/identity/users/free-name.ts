import type { Profile } from '../../sign-in/profile.js';

const MAX_NAME = 100;
const FALLBACK = 'user';

/** A name for somebody new, from what their provider calls them: only characters that a name may have. */
export function nameFrom({ name, email, displayName, subject }: Profile): string {
  const candidates = [name, email?.split('@')[0], displayName, subject];
  return candidates.map(cleaned).find((candidate) => candidate !== '') ?? FALLBACK;
}

/** The name itself, then with a number behind it, for one that is taken. */
export const nthName = (name: string, n: number): string => (n === 1 ? name : `${name}-${n}`);

const cleaned = (text: string | undefined): string =>
  (text ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._@+-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MAX_NAME);
