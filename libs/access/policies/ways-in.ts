import { MeshError } from '#errors';
import { notSetUp } from '#policy';
import type { CompiledPolicy, IdentityProvider, PolicyDocument } from '#policy';

/** Port. By which ways people could sign in, as this deployment is set up. */
export abstract class WaysIn {
  /** Those that are set up; `undefined` where nobody signs in, and so nobody can be shut out. */
  abstract readonly setUp: readonly IdentityProvider[] | undefined;

  /** Whether anybody of a tenant has a password, or a token to choose one with. @throws {MeshError} `unavailable` */
  abstract hasPassword(tenant: string): Promise<boolean>;
}

const FIELD = 'identity.providers';

/** Why a layer of a policy cannot be: it names a way in that nobody has set up. */
export function namesNoWay(document: PolicyDocument, { setUp }: WaysIn): MeshError | undefined {
  const [first] = setUp ? notSetUp(document, setUp) : [];
  if (!first) return undefined;
  const field = first.path.join('.');
  return new MeshError('illegal_transition', `${field}: ${first.message}`, {
    field,
    hint: 'docs/sign-in.md says how a provider is set up',
  });
}

/** Why nobody of a tenant could sign in under a policy; nothing where somebody can. */
export async function shutDoor(
  { identityProviders: allowed }: Pick<CompiledPolicy, 'identityProviders'>,
  tenant: string,
  ways: WaysIn,
): Promise<MeshError | undefined> {
  const { setUp } = ways;
  if (!setUp || !allowed) return undefined;
  const open = setUp.filter((provider) => allowed.has(provider));
  if (open.some((provider) => provider !== 'local')) return undefined;
  if (open.length > 0 && (await ways.hasPassword(tenant))) return undefined;
  const why = open.length > 0 ? 'only local is left, and nobody has a password' : leftOf(allowed);
  return new MeshError(
    'illegal_transition',
    `${FIELD}: nobody of ${tenant} could sign in any more: ${why}; set up here: ${setUp.join(', ')}`,
    {
      field: FIELD,
      hint: 'let in what is set up here, in every layer of the policy; docs/policy.md, "Locked out"',
    },
  );
}

const leftOf = (allowed: ReadonlySet<IdentityProvider>): string =>
  allowed.size === 0
    ? 'the layers of the policy name no provider in common'
    : `of those the policy names (${[...allowed].join(', ')}) none is`;
