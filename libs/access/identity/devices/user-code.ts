import { randomInt } from 'node:crypto';

/** No vowels, so that no code is a word. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;

/** What a person types from one screen into another: `WDJB-MJHT` (RFC 8628 §6.1). */
export const newUserCode = (): string =>
  withDash(Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)] ?? '').join(''));

/** As it is stored, however it was typed; `null` for what is no code. */
export function userCodeOf(typed: string): string | null {
  const letters = typed.toUpperCase().replace(/[\s-]/g, '');
  return letters.length === LENGTH && Array.from(letters).every((letter) => LETTERS.includes(letter))
    ? withDash(letters)
    : null;
}

const withDash = (letters: string): string => `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`;
