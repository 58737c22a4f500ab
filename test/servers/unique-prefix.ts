import { randomBytes } from 'node:crypto';

/** A name nobody else uses: lower-case letters, digits and `_`, fit for a schema, a stream and a subject token alike. */
export const uniquePrefix = (what = 't'): string => `${what}_${randomBytes(8).toString('hex')}`;
