import { z } from 'zod';
import { MeshError } from '#errors';

/** How many of a list at once. */
export const limitSchema = z.coerce.number().int().min(1).max(200);

/** A place in a list that is ordered oldest first: the last row seen. `at` is ISO 8601. */
type Place = Readonly<{ at: string; id: string }>;

export type Page<Item> = Readonly<{ items: readonly Item[]; cursor?: string | undefined }>;

const FIRST: Place = { at: '1970-01-01T00:00:00.000Z', id: '' };

/** @throws {MeshError} `invalid_request`, field `cursor`, for what no earlier page gave */
export function placeAfter(cursor: string | undefined): Place {
  if (cursor === undefined) return FIRST;
  const [at, id, ...rest] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const isPlace = at !== undefined && !Number.isNaN(Date.parse(at)) && id !== undefined && rest.length === 0;
  if (isPlace && at === new Date(at).toISOString() && /^[\w-]+$/.test(id)) return { at, id };
  throw new MeshError('invalid_request', 'cursor: not one that an earlier page gave', {
    field: 'cursor',
    hint: 'leave the cursor out to begin with the first',
  });
}

/** Cuts a page from one item more than fits; the extra one says that there is a next page. */
export function pageOf<Item>(
  items: readonly Item[],
  limit: number,
  placeOf: (item: Item) => Place,
): Page<Item> {
  const last = items[limit - 1];
  if (items.length <= limit || last === undefined) return { items };
  const { at, id } = placeOf(last);
  return { items: items.slice(0, limit), cursor: Buffer.from(`${at} ${id}`).toString('base64url') };
}
