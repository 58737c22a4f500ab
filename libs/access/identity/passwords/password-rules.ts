import { MeshError } from '#errors';
import { COMMON_PASSWORDS } from './common-passwords.js';

const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 256;

/** Words that who attacks this product would try first. */
const OUR_WORDS = ['coderclaw', 'coderclawmesh', 'password', 'administrator'];

/**
 * What a new password must be: long enough, and not one that is guessed first. Nothing is said about which kinds of
 * characters it has, and it is taken exactly as given (OWASP ASVS 5.0, 6.2).
 *
 * @param names what the person is called: name, email, display name
 * @throws {MeshError} `invalid_request`, field `password`; the password itself is in no message
 */
export function checkPassword(password: string, names: readonly (string | undefined)[] = []): void {
  const { length } = Array.from(password);
  if (length < MIN_CHARACTERS || length > MAX_CHARACTERS)
    throw refused(`it has ${length} characters, and must have ${MIN_CHARACTERS} to ${MAX_CHARACTERS}`);
  if (!password.isWellFormed()) throw refused('it is not well-formed Unicode');
  const lower = password.toLowerCase();
  if (COMMON_PASSWORDS.has(lower)) throw refused('it is one of the 5,000 most common passwords');
  if (isOneCharacter(lower)) throw refused('it is one character repeated');
  const word = [...names.flatMap(wordsOf), ...OUR_WORDS].find((known) => isDressedUp(lower, known));
  if (word !== undefined) throw refused('it is your name, or the name of this product, with little added');
}

/** The same for the lookup of a password: what no rule lets through needs no hashing. */
export const canBePassword = (password: string): boolean => password.length <= 2 * MAX_CHARACTERS;

const isOneCharacter = (text: string): boolean => new Set(text).size === 1;

const MIN_WORD = 4;

const wordsOf = (name: string | undefined): readonly string[] =>
  name === undefined
    ? []
    : [name, name.split('@')[0] ?? ''].map(lettersAndDigits).filter((word) => word.length >= MIN_WORD);

const lettersAndDigits = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** `Ada.Lovelace1815!` is `adalovelace` with digits and punctuation around it. */
const isDressedUp = (password: string, word: string): boolean => {
  const plain = lettersAndDigits(password);
  const bare = plain.replace(/^\d+|\d+$/g, '');
  return plain === word || bare === word;
};

const refused = (why: string) =>
  new MeshError('invalid_request', `password: ${why}`, {
    field: 'password',
    hint: 'a few words that only you would put together are easy to keep in mind and hard to guess',
  });
