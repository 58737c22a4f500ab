import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AuthorizationCodes } from './authorization-codes.js';
import { formOf, json, listen, redirect } from './http-server.js';
import { type SigningKey, newSigningKey } from './signing-key.js';

/** What Google says about an account in its ID tokens; `hd` only where a Workspace domain manages it. */
export type GoogleAccount = Readonly<{ sub: string; name: string; email: string; hd?: string }>;

/** Google's sign-in as it is on the wire: it takes PKCE, and never names itself in an authorization response. */
export type GoogleServer = Readonly<{
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** What the last authorization request asked for. */
  lastRequest(): URLSearchParams;
  signsInAs(account: GoogleAccount): void;
  close(): Promise<void>;
}>;

const CLIENT_ID = '1234567890-mesh.apps.googleusercontent.com';

type State = { account: GoogleAccount; request: URLSearchParams };

export async function startGoogle(): Promise<GoogleServer> {
  const codes = new AuthorizationCodes();
  const key = await newSigningKey('google');
  const clientSecret = `GOCSPX-${randomBytes(16).toString('hex')}`;
  const state: State = { account: { sub: '1', name: '', email: '' }, request: new URLSearchParams() };
  const server = await listen(async (request, response) => {
    const issuer = `http://${request.headers.host}`;
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer);
    if (pathname === '/.well-known/openid-configuration') return json(response, metadataOf(issuer));
    if (pathname === '/oauth2/v3/certs') return json(response, { keys: [key.publicJwk] });
    if (pathname === '/token') {
      const answer = await redeem(codes, key, { issuer, clientSecret }, await shown(request));
      return json(response, answer, 'error' in answer ? 400 : 200);
    }
    state.request = searchParams;
    return redirect(response, codes.grant(searchParams, JSON.stringify(state.account)));
  });
  return {
    issuer: server.url,
    clientId: CLIENT_ID,
    clientSecret,
    lastRequest: () => state.request,
    signsInAs: (account) => void (state.account = account),
    close: server.close,
  };
}

const metadataOf = (issuer: string): object => ({
  issuer,
  authorization_endpoint: `${issuer}/o/oauth2/v2/auth`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/oauth2/v3/certs`,
  response_types_supported: ['code', 'token', 'id_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  code_challenge_methods_supported: ['plain', 'S256'],
});

/** The form of a token request, with the client in it however it was shown. */
async function shown(request: IncomingMessage): Promise<URLSearchParams> {
  const form = await formOf(request);
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) return form;
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
  form.set('client_id', id);
  form.set('client_secret', secret);
  return form;
}

type Self = Readonly<{ issuer: string; clientSecret: string }>;

async function redeem(
  codes: AuthorizationCodes,
  key: SigningKey,
  { issuer, clientSecret }: Self,
  form: URLSearchParams,
): Promise<object> {
  if (form.get('client_secret') !== clientSecret) return { error: 'invalid_client' };
  const asked = codes.redeem(form);
  if (!asked) return { error: 'invalid_grant', error_description: 'Bad Request' };
  const now = Math.floor(Date.now() / 1000);
  const idToken = await key.sign({
    ...(JSON.parse(asked.account) as GoogleAccount),
    iss: issuer,
    aud: CLIENT_ID,
    azp: CLIENT_ID,
    email_verified: true,
    nonce: asked.request.get('nonce'),
    iat: now,
    exp: now + 3599,
  });
  return {
    access_token: 'ya29.a',
    expires_in: 3599,
    scope: 'openid',
    token_type: 'Bearer',
    id_token: idToken,
  };
}
