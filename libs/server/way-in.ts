import type { Logger } from '#contract';
import { MeshError } from '#errors';
import type { Config } from '#platform';

/** What the tables and the policy say of people. */
export type People = Readonly<{
  /** Whether there are users, or a one-time token with which the first is made. */
  isPrepared: () => Promise<boolean>;
  /** Why nobody could sign in under the policy, if so. */
  shutDoor: () => Promise<MeshError | undefined>;
}>;

/**
 * Refuses a server that nobody could ever sign in to, and says when there is nobody yet.
 *
 * @throws {MeshError} `invalid_request` in remote modes without an identity provider, a rule for CI jobs, or either; or
 *   where the policy lets in by none of the ways that are set up
 */
export async function checkWayIn(
  { mode, identity, ciGithub }: Pick<Config, 'mode' | 'identity' | 'ciGithub'>,
  logger: Logger,
  { isPrepared, shutDoor }: People,
): Promise<void> {
  if (mode === 'local-only') return;
  const forJobs = (ciGithub?.rules.length ?? 0) > 0;
  const isOpen = Object.keys(identity).length > 0 || forJobs;
  const prepared = await isPrepared();
  if (!isOpen && !prepared) throw nobody(mode);
  const shut = forJobs ? undefined : await shutDoor();
  if (shut) throw byPolicy(shut);
  if (!prepared) logger.warn(NO_ADMIN);
}

const NO_ADMIN =
  'there is no user yet, and so no admin: make the first one now, with `coderclaw init`, or with the token that ' +
  '`coderclaw init --one-time-token` prints';

const nobody = (mode: Config['mode']): MeshError =>
  new MeshError(
    'invalid_request',
    `nobody could sign in: in mode ${mode} there is no user and no identity provider`,
    {
      field: 'identity',
      hint: 'make the first admin with `coderclaw init`, or set up who vouches for people under identity: in .coderClaw/runtime.yaml; see docs/sign-in.md',
    },
  );

const byPolicy = ({ message, details: { field = '' } }: MeshError): MeshError =>
  new MeshError('invalid_request', message, {
    field,
    hint: 'mend .coderClaw/security.yaml, or take back the policy of the tenant with `coderclaw policy reset`; see docs/policy.md',
  });
