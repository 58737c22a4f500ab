import { createHash, randomBytes } from 'node:crypto';
import { MeshError } from '#errors';
import { refusal } from '../api.js';
import type { Answered } from '../api.js';
import { listenForCode } from './loopback.js';
import type { Way } from './way.js';

const random = (): string => randomBytes(32).toString('base64url');

/** By an identity provider, in the browser of this machine. The code it brings is useless without the verifier (PKCE). */
export const byBrowser =
  (provider: string): Way =>
  async ({ io, output }, { api, url }) => {
    const [state, verifier] = [random(), random()];
    const loopback = await listenForCode(state);
    try {
      const query = {
        redirect_uri: loopback.redirectUri,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        state,
      };
      const path = `/v1/auth/${provider}`;
      checkProvider(await api.ask('GET', path, { query, redirect: 'manual' }), { provider, url });
      const address = `${url.replace(/\/+$/, '')}${path}?${new URLSearchParams(query).toString()}`;
      await output.stderr(`Sign in in your browser: ${address}\n`);
      io.openBrowser(address);
      output.step('waiting for you to sign in');
      const code = await loopback.code;
      return await api.post('/v1/auth/token', {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
      });
    } finally {
      loopback.close();
    }
  };

/** Asked before the browser is: there a refusal would be a page, and nobody would tell the one who waits here. */
function checkProvider({ status, body }: Answered, asked: Readonly<{ provider: string; url: string }>): void {
  if (status < 400) return;
  const why = refusal(body, status);
  throw why.code === 'not_found' ? notSetUp(asked, why) : why;
}

const notSetUp = ({ provider, url }: Readonly<{ provider: string; url: string }>, why: MeshError) =>
  new MeshError(
    'unsupported',
    `${provider} is not set up at ${url}`,
    {
      field: '--provider',
      hint: `${why.details.hint ?? why.message}; whoever runs the server adds identity.${provider} to its .coderClaw/runtime.yaml`,
    },
    { cause: why },
  );
