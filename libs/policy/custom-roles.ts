import type { Permission } from './permissions.js';
import { BUILTIN } from './roles.js';
import type { Roles } from './roles.js';

/** A role of one's own: what it inherits, and what it adds. */
export type CustomRole = Readonly<{
  inherits?: string | readonly string[] | undefined;
  permissions?: readonly Permission[] | undefined;
  additionalPermissions?: readonly Permission[] | undefined;
  description?: string | undefined;
}>;

export type CustomRoles = Readonly<Record<string, CustomRole>>;

type Definitions = ReadonlyMap<string, CustomRole>;

/** What is wrong with a definition, and where in it. */
type Fault = Readonly<{ path: readonly (string | number)[]; message: string }>;

const parentsOf = ({ inherits = [] }: CustomRole): readonly string[] =>
  typeof inherits === 'string' ? [inherits] : inherits;

/** The permissions of each custom role, its ancestors' included. Total: a cycle adds nothing, an unknown parent grants nothing. */
export function resolveRoles(roles: CustomRoles): Roles {
  const defined = new Map(Object.entries(roles));
  return new Map([...defined.keys()].map((name) => [name, new Set(grantedBy(name, defined))]));
}

const grantedBy = (name: string, defined: Definitions): readonly Permission[] =>
  [...lineOf(name, defined)].flatMap((ancestor) => {
    const { permissions = [], additionalPermissions = [] } = defined.get(ancestor) ?? {};
    return [...permissions, ...additionalPermissions, ...(BUILTIN.get(ancestor) ?? [])];
  });

/** A role and all that it inherits, each once, however many ways lead to it. */
function lineOf(name: string, defined: Definitions): ReadonlySet<string> {
  const line = new Set([name]);
  for (const ancestor of line) for (const parent of parentsOf(defined.get(ancestor) ?? {})) line.add(parent);
  return line;
}

/** Built-in roles defined again, parents nobody knows, and cycles. */
export function faultsOf(roles: CustomRoles): readonly Fault[] {
  const defined: Definitions = new Map(Object.entries(roles));
  const known = [...BUILTIN.keys(), ...defined.keys()].join(', ');
  return [...defined].flatMap(([name, role]) => [
    ...(BUILTIN.has(name)
      ? [{ path: [name], message: `${name} is a built-in role: choose another name` }]
      : []),
    ...parentsOf(role).flatMap((parent, index) => {
      const path = typeof role.inherits === 'string' ? [name, 'inherits'] : [name, 'inherits', index];
      if (!BUILTIN.has(parent) && !defined.has(parent))
        return [{ path, message: `there is no role ${parent}; there are: ${known}` }];
      return lineOf(parent, defined).has(name)
        ? [{ path, message: `${parent} inherits ${name}: a role cannot inherit itself` }]
        : [];
    }),
  ]);
}
