/** Bytes, or the UTF-8 of a text, in base64url without padding. (`Buffer` is missing in browsers.) */
export function base64url(data: string | ArrayBuffer | Uint8Array): string {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
  const binary = Array.from(bytes, (byte) => String.fromCodePoint(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
