import { createHash } from 'node:crypto';

/**
 * The bucket of a tenant. Two tenants never share one, also where a file system does not tell upper from lower case: a
 * name that could be taken for another's is replaced by a digest, behind a letter that no kept name has.
 *
 * @param prefix letters, digits and `-`
 */
export const bucketName = (prefix: string, tenant: string): string =>
  `${prefix}_${/^[a-z0-9_-]{1,64}$/.test(tenant) ? tenant : `H${sha256(tenant)}`}`;

const STREAM = 'OBJ_';

/** The bucket that a stream is, if it is one of those. */
export const bucketOfStream = (prefix: string, stream: string): string | null =>
  stream.startsWith(`${STREAM}${prefix}_`) ? stream.slice(STREAM.length) : null;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
