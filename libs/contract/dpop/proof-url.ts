const UNRESERVED = /[\w.~-]/;
const ESCAPE = /%[0-9a-f]{2}/gi;
/** What may stand in a path as it is (RFC 3986, `pchar` and `/`); `%` begins an escape. */
const NOT_IN_A_PATH = /[^\w.~!$&'()*+,;=:@/%-]/g;

/**
 * The address a proof speaks of (RFC 9449, `htu`): scheme, host, port and path, normalised by RFC 3986 §6.2.2 and
 * §6.2.3, so that two spellings of one resource are one text. Query and fragment do not count.
 *
 * @returns `null` for what is no http(s) address, or names a user
 */
export function proofUrl(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, host, pathname, username, password } = new URL(url); // lower case, no default port, no `..`
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return null;
  return `${protocol}//${host}${normalised(pathname)}`;
}

const normalised = (path: string): string =>
  path.replaceAll(ESCAPE, (escape) => decodedIfUnreserved(escape)).replaceAll(NOT_IN_A_PATH, escapeOf);

function decodedIfUnreserved(escape: string): string {
  const character = String.fromCodePoint(Number.parseInt(escape.slice(1), 16));
  return UNRESERVED.test(character) ? character : escape.toUpperCase();
}

/** A URL's path is ASCII once parsed. */
const escapeOf = (character: string): string =>
  `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}`;
