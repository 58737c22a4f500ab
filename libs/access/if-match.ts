import { MeshError } from '#errors';

/**
 * What `If-Match` asks for: `"<version>"`, or `*`, any.
 *
 * @throws {MeshError} `invalid_request` for anything else: a condition that is not understood must not be ignored
 */
export function versionIn(ifMatch: string): number | '*' {
  const asked = ifMatch.trim();
  if (asked === '*') return '*';
  const version = /^"(\d{1,9})"$/.exec(asked)?.[1];
  if (version !== undefined) return Number(version);
  throw new MeshError('invalid_request', `If-Match: ${asked.slice(0, 60)} is not "<version>"`, {
    field: 'If-Match',
    hint: 'send the version that was read, in quotes: If-Match: "3"',
  });
}
