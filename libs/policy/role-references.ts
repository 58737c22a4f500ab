import { BUILTIN } from './roles.js';
import type { PolicyDocument } from './security-schema.js';

const LISTS = ['allowedRoles', 'deniedRoles'] as const;
const POLICIES = ['agentPolicies', 'skillPolicies'] as const;

type Path = readonly (string | number)[];
type Lists = Partial<Readonly<Record<(typeof LISTS)[number], readonly string[] | undefined>>>;

/** Roles that a policy's lists name and nobody defines. */
export function strangersIn(
  document: PolicyDocument,
  knownRoles: readonly string[],
): readonly Readonly<{ path: Path; message: string }>[] {
  const known = new Set([...BUILTIN.keys(), ...Object.keys(document.roles ?? {}), ...knownRoles]);
  const names = [...known].join(', ');
  return placesIn(document).flatMap(({ at, lists }) =>
    LISTS.flatMap((list) =>
      (lists[list] ?? []).flatMap((role, index) =>
        known.has(role)
          ? []
          : [{ path: [...at, list, index], message: `there is no role ${role}; there are: ${names}` }],
      ),
    ),
  );
}

const placesIn = (document: PolicyDocument): readonly Readonly<{ at: Path; lists: Lists }>[] => [
  { at: [], lists: document },
  ...POLICIES.flatMap((key) => (document[key] ?? []).map((lists, index) => ({ at: [key, index], lists }))),
];
