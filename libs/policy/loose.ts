/**
 * A look at data whose shape may already have been found wrong: checks that span several fields run even then, so
 * that all problems of a file are told at once.
 */
export const ALWAYS = { when: () => true } as const;

/** The members, if it has any. */
export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The items, if it is a list. */
export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The texts among the items, each with its place. */
export const textsOf = (value: unknown): readonly Readonly<{ index: number; text: string }>[] =>
  itemsOf(value).flatMap((text, index) => (typeof text === 'string' ? [{ index, text }] : []));
