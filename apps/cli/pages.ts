/** One page of a list, and where the next begins. */
export type Page<Item> = Readonly<{ items: readonly Item[]; cursor?: string | undefined }>;

/** Reads pages until `limit` items are there. `more` says whether something was left out. */
export async function take<Item>(
  limit: number,
  pageSize: number,
  read: (limit: number, cursor: string | undefined) => Promise<Page<Item>>,
): Promise<Readonly<{ items: readonly Item[]; more: boolean }>> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(Math.min(pageSize, limit - items.length), cursor);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && items.length < limit);
  return { items: items.slice(0, limit), more: cursor !== undefined || items.length > limit };
}
