import { MeshError } from '#errors';

/** How we say that there is more than there may be. */
export const tooLarge = (maxBytes: number): MeshError =>
  new MeshError('payload_too_large', `the content has more than the ${maxBytes} bytes an artifact may have`, {
    hint: 'leave out what the task does not need, e.g. by .gitignore, or let it fetch a repository',
  });

/** How we say that a tenant has used what it may. */
export const overQuota = (usedBytes: number, quotaBytes: number): MeshError =>
  new MeshError(
    'payload_too_large',
    `the artifacts of this tenant take ${usedBytes} of at most ${quotaBytes} bytes, and this does not fit in`,
    {
      hint: 'an operator can raise artifacts.tenantQuotaBytes, or remove old artifacts (docs/workspaces.md)',
    },
  );

/** How we say that what came is not what was announced. */
export const otherDigest = (expected: string, found: string): MeshError =>
  new MeshError('invalid_request', `the content is ${found}, not ${expected} as was said`, {
    field: 'digest',
    hint: 'it was changed on its way, or while it was read: send it again',
  });

/** How we say that the disk has lost something. */
export const damaged = (digest: string): MeshError =>
  new MeshError('internal', `the artifact ${digest} was damaged where it is kept`, {
    hint: 'put it again: the same content mends it',
  });

const NO_ROOM: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE']);

/** An error of the file system as one of ours, where it says that we cannot work now. */
export function asUnavailable(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (!NO_ROOM.has(code)) return error;
  const message = `artifacts cannot be written: ${code}`;
  return new MeshError('unavailable', message, { retryAfterSeconds: 5 }, { cause: error });
}
