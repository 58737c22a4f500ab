import { isUuid } from '#contract';
import { MeshError } from '#errors';

/** A place in a list that is ordered newest first: the last row seen. `at` is ISO 8601, `id` a UUID. */
export type PagePlace = Readonly<{ at: string; id: string }>;

/** What a client hands back to get the next page; it need not understand it. */
export const encodePlace = ({ at, id }: PagePlace): string =>
  Buffer.from(JSON.stringify([at, id])).toString('base64url');

/** @throws {MeshError} `invalid_request`, field `cursor`, for anything `encodePlace` has not made */
export function decodePlace(cursor: string): PagePlace {
  const [at, id, ...rest] = parsed(cursor);
  if (typeof at !== 'string' || typeof id !== 'string' || rest.length > 0 || !isUuid(id) || !isTime(at))
    throw refused();
  return { at, id };
}

function parsed(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** True for the form that `Date.toISOString` writes, which is also one that Postgres reads. */
const isTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text));

const refused = () =>
  new MeshError('invalid_request', 'cursor: not one that an earlier page gave', {
    field: 'cursor',
    hint: 'leave the cursor out to begin with the newest',
  });

/** Cuts a page from one row more than fits; the extra row says that there is a next page. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => PagePlace,
): Readonly<{ items: readonly Row[]; cursor?: string }> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last ? { items, cursor: encodePlace(placeOf(last)) } : { items };
}
