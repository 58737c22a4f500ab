import { posix } from 'node:path';
import { decode } from '#contract';
import { decodePolicy } from '#policy';
import type { PolicyLayer } from '#policy';
import { repoPathSchema } from './schemas.js';
import type { RepoPolicy } from './types.js';

/** One path of a repository, however it was written: else `/repo/` would slip past the policy of `/repo`. */
export const pathOf = (path: string): string => posix.normalize(path).replace(/(?<=.)\/+$/, '');

/**
 * A policy as it may be kept.
 *
 * @throws {MeshError} `invalid_request` with all that is wrong
 */
export function checkedPolicy({ repoPath, ...document }: RepoPolicy): RepoPolicy {
  const path = pathOf(decode(repoPathSchema, { repoPath }).repoPath);
  const checked = decodePolicy(document, { knownRoles: 'any' });
  const { enforceTrust = false, minimumTrustLevel = 'untrusted', allowedRoles = [] } = checked;
  const { agentPolicies = [], skillPolicies = [] } = checked;
  const complete = { enforceTrust, minimumTrustLevel, allowedRoles, agentPolicies, skillPolicies };
  return { ...checked, ...complete, repoPath: path };
}

/** The layer that a repository's policy is. */
export function layerOf(policy: RepoPolicy): PolicyLayer {
  const { repoPath: _path, ...document } = policy;
  return { name: 'repository', document };
}
