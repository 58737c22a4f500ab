import { kindOf } from '../tokens.js';
import type { TokenKind } from '../tokens.js';
import { refused } from './token-holder.js';

/** A token as presented: which kind it looks like, and whether a proof is announced with it. */
export type PresentedToken = Readonly<{ token: string; kind: TokenKind; scheme: 'bearer' | 'dpop' }>;

/** @throws {MeshError} `unauthenticated` for what is no token that could ever let anybody in */
export function tokenOf(authorization: string | undefined): PresentedToken {
  if (authorization === undefined)
    throw refused(
      'this needs a token',
      'send it as "Authorization: Bearer <token>", or as DPoP with a proof',
    );
  const [, scheme = '', token = ''] = /^(bearer|dpop) +(\S+)$/i.exec(authorization) ?? [];
  if (token === '') throw refused('the Authorization header is neither "Bearer <token>" nor "DPoP <token>"');
  const kind = kindOf(token);
  if (kind === 'access' || kind === 'machine')
    return { token, kind, scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer' };
  if (kind === null) throw refused('the token is unknown');
  throw refused(`the token is a ${kind} token, which opens nothing else`);
}
