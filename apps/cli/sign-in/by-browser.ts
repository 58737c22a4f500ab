import { createHash, randomBytes } from 'node:crypto';
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
      const query = new URLSearchParams({
        redirect_uri: loopback.redirectUri,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        state,
      });
      const address = `${url.replace(/\/+$/, '')}/v1/auth/${provider}?${query.toString()}`;
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
