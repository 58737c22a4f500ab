/** As `URL` writes them. `localhost` is a name that something else may answer to (RFC 8252, 8.3). */
const LOOPBACK_ADDRESSES: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]']);

/** Where a program on the same machine listens for its code: plain http, an address and a port, nothing to hide in. */
export function isLoopbackRedirect(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || url.port === '') return false;
  return LOOPBACK_ADDRESSES.has(url.hostname) && isBare(url) && isAsWritten(url, text);
}

/** https, or a server on this machine, as tests and first steps have it; without user, query or fragment. */
export function isSecureBase(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !isBare(url) || url.search !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url));
}

/** True for a server of this machine. */
export const isLoopbackHost = ({ hostname }: Pick<URL, 'hostname'>): boolean =>
  LOOPBACK_ADDRESSES.has(hostname) || hostname === 'localhost';

const isBare = ({ username, password, hash }: URL): boolean => `${username}${password}${hash}` === '';

/** Whoever reads the text must see the host that `URL` sees: no backslash, no other spelling of the address. */
const isAsWritten = ({ origin }: URL, text: string): boolean =>
  text === origin || text.startsWith(`${origin}/`) || text.startsWith(`${origin}?`);
