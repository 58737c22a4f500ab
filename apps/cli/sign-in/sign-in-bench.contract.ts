import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plant } from '#test/planted-secrets';
import { scriptedServer } from '../scripted-api.contract.js';
import type { Asked, Route } from '../scripted-api.contract.js';

const ME = { userId: 'u-1', userName: 'ada', roles: ['developer'], trust: 'verified', sessionId: 's-1' };
const DEVICE = { id: 'd-1', name: 'laptop', trust: 'verified' };

/** What a sign-in answers. */
export const tokens = (changes: object = {}) => ({
  accessToken: plant('token'),
  tokenType: 'DPoP',
  expiresIn: 900,
  refreshToken: plant('token'),
  sessionId: 's-1',
  userId: 'u-1',
  ...changes,
});

export const signedIn: Route = () => tokens();

/** A server to sign in to, and what it was asked and came to be kept. */
export async function signInBench() {
  const server = await scriptedServer();
  server.script({ 'GET /v1/me': () => ME, 'POST /v1/devices': () => DEVICE });
  return {
    ...server,
    to: (path: string): readonly Asked[] => server.asked.filter((asked) => asked.path === path),
    kept: () =>
      JSON.parse(readFileSync(join(server.folder, '.coderClaw', 'credentials.json'), 'utf8')) as Record<
        string,
        Record<string, unknown>
      >,
  };
}
