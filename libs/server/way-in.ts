import { MeshError } from '#errors';
import type { Config } from '#platform';

/**
 * Refuses a server that nobody could ever sign in to.
 *
 * @param isPrepared whether there are users, or a one-time token with which the first is made
 * @throws {MeshError} `invalid_request` in remote modes without an identity provider, a rule for CI jobs, or either
 */
export async function refuseWithoutWayIn(
  { mode, identity, ciGithub }: Pick<Config, 'mode' | 'identity' | 'ciGithub'>,
  isPrepared: () => Promise<boolean>,
): Promise<void> {
  const isOpen = Object.keys(identity).length > 0 || (ciGithub?.rules.length ?? 0) > 0;
  if (mode === 'local-only' || isOpen || (await isPrepared())) return;
  throw new MeshError(
    'invalid_request',
    `nobody could sign in: in mode ${mode} there is no user and no identity provider`,
    {
      field: 'identity',
      hint: 'make the first admin with `coderclaw init`, or set up who vouches for people under identity: in .coderClaw/runtime.yaml; see docs/sign-in.md',
    },
  );
}
