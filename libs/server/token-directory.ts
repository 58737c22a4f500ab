import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TokenDirectory } from '#access';
import type { Actor } from '#contract';
import { MeshError } from '#errors';
import { BUILTIN_ROLES } from '#policy';
import type { Config, TokenConfig } from '#platform';
import { localActor } from './local-actor.js';
import { localToken } from './token-file.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The tokens that the configuration names, or the local user's own. Looked up by hash: a comparison tells nothing. */
export class ConfiguredTokens extends TokenDirectory {
  constructor(private readonly actors: ReadonlyMap<string, Actor>) {
    super();
  }

  override async find(token: string): Promise<Actor | null> {
    return this.actors.get(sha256(token)) ?? null;
  }
}

/**
 * Who may come in.
 *
 * @throws {MeshError} `invalid_request` in a remote mode without any token: nobody could, and nothing is built in
 */
export function tokensOf(config: Config): TokenDirectory {
  if (config.mode === 'local-only')
    return new ConfiguredTokens(new Map([[sha256(localToken(config.dataDir)), localActor()]]));
  if (config.tokens.length === 0) throw nobodyCouldSignIn();
  for (const { name, roles } of config.tokens) checkRoles(name, roles);
  return new ConfiguredTokens(new Map(config.tokens.map((token) => [hashOf(token), actorOf(token)])));
}

/** A role nobody knows grants nothing: whoever wrote it meant another. */
function checkRoles(name: string, roles: readonly string[]): void {
  const unknown = roles.find((role) => !Object.hasOwn(BUILTIN_ROLES, role));
  if (unknown === undefined) return;
  const known = Object.keys(BUILTIN_ROLES).join(', ');
  throw new MeshError(
    'invalid_request',
    `access.tokens: ${name} has the role ${unknown}; there are: ${known}`,
    {
      field: 'access.tokens',
    },
  );
}

const hashOf = ({ sha256: hash, file }: TokenConfig): string => hash ?? sha256(readToken(file ?? ''));

function readToken(file: string): string {
  const token = readFileSync(file, 'utf8').trim();
  if (token.length >= 16) return token;
  throw new MeshError('invalid_request', `${file}: a token has at least 16 characters`, {
    field: 'access.tokens',
  });
}

const actorOf = ({ user, tenant, roles, name }: TokenConfig): Actor => ({
  kind: 'user',
  id: user,
  tenant,
  sessionId: name,
  roles,
  trust: 'untrusted',
});

const nobodyCouldSignIn = () =>
  new MeshError('invalid_request', 'access.tokens: nobody could sign in to this server', {
    field: 'access.tokens',
    hint: 'add `access: { tokens: [{ name: me, user: me, roles: [admin], sha256: <hex> }] }` to .coderClaw/runtime.yaml; the hash is of: printf %s "$TOKEN" | sha256sum',
  });
