import { itemsOf, membersOf, textsOf } from './loose.js';
import { BUILTIN } from './roles.js';

const LISTS = ['allowedRoles', 'deniedRoles'] as const;
const POLICIES = ['agentPolicies', 'skillPolicies'] as const;

type Path = readonly (string | number)[];

/** Roles that a policy's lists name and nobody defines. */
export function strangersIn(
  document: unknown,
  knownRoles: readonly string[],
): readonly Readonly<{ path: Path; message: string }>[] {
  const defined = Object.keys(membersOf(membersOf(document)['roles']));
  const known = new Set([...BUILTIN.keys(), ...defined, ...knownRoles]);
  const names = [...known].join(', ');
  return placesIn(document).flatMap(({ at, lists }) =>
    LISTS.flatMap((list) =>
      textsOf(membersOf(lists)[list])
        .filter(({ text }) => !known.has(text))
        .map(({ index, text }) => ({
          path: [...at, list, index],
          message: `there is no role ${text}; there are: ${names}`,
        })),
    ),
  );
}

const placesIn = (document: unknown): readonly Readonly<{ at: Path; lists: unknown }>[] => [
  ...withApproval([], document),
  ...POLICIES.flatMap((key) =>
    itemsOf(membersOf(document)[key]).flatMap((lists, index) => withApproval([key, index], lists)),
  ),
];

const withApproval = (at: Path, lists: unknown) => [
  { at, lists },
  { at: [...at, 'approval'], lists: membersOf(lists)['approval'] },
];
