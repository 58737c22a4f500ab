import { z } from 'zod';
import { ALWAYS, itemsOf, membersOf } from './loose.js';

const MAX_ENTRIES = 10_000;

/** A list in which each id stands once: of two entries a reader would believe the one they see. */
export const once = <Entry extends z.ZodType>(id: string, entry: Entry) =>
  z
    .array(entry)
    .max(MAX_ENTRIES)
    .superRefine((entries: unknown, context) => {
      const first = new Map<string, number>();
      for (const [index, { [id]: name }] of itemsOf(entries).map(membersOf).entries()) {
        if (typeof name !== 'string') continue;
        const earlier = first.get(name);
        if (earlier === undefined) first.set(name, index);
        else context.addIssue({ ...twice(name, earlier), path: [index, id] });
      }
    }, ALWAYS);

const twice = (name: string, earlier: number) => ({
  code: 'custom' as const,
  message: `${name} has an entry already, number ${earlier + 1}: make them one`,
});
