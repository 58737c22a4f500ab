import { MeshError } from '#errors';
import { IDENTITY_PROVIDERS } from '#policy';
import type { CompiledPolicy, IdentityProvider } from '#policy';
import { localVerifier } from './local-users.js';
import type { LocalUser, Verifier } from './local-users.js';
import type { UserIdentity } from './types.js';

export type Verifiers = Readonly<Partial<Record<IdentityProvider, Verifier>>>;

/** The verifiers there are: those given, and one for the users given, if any. */
export const verifiersOf = (given: Verifiers, users: readonly LocalUser[]): ReadonlyMap<string, Verifier> =>
  new Map(
    Object.entries({ ...(users.length > 0 ? { local: localVerifier(users) } : {}), ...given }).filter(
      (entry): entry is [string, Verifier] => entry[1] !== undefined,
    ),
  );

/**
 * Who the credentials prove somebody to be.
 *
 * @throws {MeshError} `unauthenticated` unless they are proven; `access_denied` where the policy leaves no such provider
 */
export async function prove(
  verifiers: ReadonlyMap<string, Verifier>,
  { identityProviders }: CompiledPolicy,
  provider: string,
  credentials: unknown,
): Promise<UserIdentity> {
  const known = IDENTITY_PROVIDERS.find((name) => name === provider);
  const verify = verifiers.get(provider);
  if (!known || !verify)
    throw new MeshError('unauthenticated', `nobody can prove who they are by "${provider}" here`, {
      hint: 'give SecurityService a verifier for it, or users for "local"',
    });
  if (identityProviders && !identityProviders.has(known))
    throw new MeshError('access_denied', `identity.providers of the policy does not name ${known}`);
  const user = await verify(credentials);
  if (!user) throw new MeshError('unauthenticated', `${known} did not prove who this is`);
  return { ...user, provider: known, verified: true };
}
