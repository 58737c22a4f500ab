import type { Restriction } from './restriction.js';

/** The lists by which any part of a policy says who may. */
type Lists = Readonly<{
  allowedRoles?: readonly string[] | undefined;
  deniedRoles?: readonly string[] | undefined;
  allowedUsers?: readonly string[] | undefined;
  deniedUsers?: readonly string[] | undefined;
}>;

type ListRestriction = Extract<Restriction, { kind: keyof Lists }>;

/** Denials first: what they forbid, no other list allows. */
const MADE_OF = {
  deniedUsers: (rule, names) => ({ kind: 'deniedUsers', rule, users: names }),
  allowedUsers: (rule, names) => ({ kind: 'allowedUsers', rule, users: names }),
  deniedRoles: (rule, names) => ({ kind: 'deniedRoles', rule, roles: names }),
  allowedRoles: (rule, names) => ({ kind: 'allowedRoles', rule, roles: names }),
} as const satisfies Record<keyof Lists, (rule: string, names: ReadonlySet<string>) => ListRestriction>;

const listsOf = (keys: readonly (keyof Lists)[]) => (place: string, lists: Lists) =>
  keys.flatMap((key): readonly ListRestriction[] => {
    const names = lists[key] ?? [];
    return names.length === 0 ? [] : [MADE_OF[key](`${place}.${key}`, new Set(names))];
  });

/** What the lists of users at a place restrict. An empty list restricts nothing. */
export const usersOf = listsOf(['deniedUsers', 'allowedUsers']);

/** What the lists of roles at a place restrict. */
export const rolesOf = listsOf(['deniedRoles', 'allowedRoles']);

/** What all four lists at a place restrict. */
export const peopleOf = listsOf(['deniedUsers', 'allowedUsers', 'deniedRoles', 'allowedRoles']);
