import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type JWTPayload, decodeJwt } from 'jose';
import { type Configuration, type InteractionResults, Provider } from 'oidc-provider';
import { listen } from './http-server.js';
import { type SigningKey, newSigningKey } from './signing-key.js';
import { type TamperingProxy, startTamperingProxy } from './tampering-proxy.js';

/** A real OpenID provider, and what stands between it and us. */
export type OidcServer = Readonly<{
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Signs in without any secret, by PKCE alone. */
  publicClientId: string;
  key: SigningKey;
  proxy: TamperingProxy;
  /** Who is before the browser from now on; `null`: somebody who says no. */
  signsInAs(account: string | null): void;
  /** From now on, gives out what `forge` makes of the claims in place of its ID tokens. */
  forgeIdTokens(forge: (claims: JWTPayload) => string | Promise<string>): void;
  close(): Promise<void>;
}>;

const CLIENT_ID = 'mesh';
/** Making a key takes long, and all providers of one spec may have the same. */
let keyOfAll: Promise<SigningKey> | undefined;

const PUBLIC_CLIENT_ID = 'mesh-without-secret';

/** Starts `oidc-provider` behind a proxy whose address is the issuer; people sign in there at once, with no form. */
export async function startOidcServer(redirectUri: string): Promise<OidcServer> {
  const proxy = await startTamperingProxy();
  const key = await (keyOfAll ??= newSigningKey('first'));
  const clientSecret = randomBytes(32).toString('base64url');
  const provider = new Provider(proxy.url, configurationOf(key, clientSecret, redirectUri));
  provider.proxy = true;
  let account: string | null = 'ada';
  const serve = provider.callback();
  const server = await listen((request, response) =>
    request.url?.startsWith('/interaction/')
      ? interact(provider, account, request, response)
      : serve(request, response),
  );
  proxy.stand(server.url);
  return {
    issuer: proxy.url,
    clientId: CLIENT_ID,
    clientSecret,
    publicClientId: PUBLIC_CLIENT_ID,
    key,
    proxy,
    signsInAs: (who) => void (account = who),
    forgeIdTokens: (forge) =>
      proxy.tamper('/token', async (answer) => {
        const body = JSON.parse(answer.body) as { id_token: string };
        return {
          ...answer,
          body: JSON.stringify({ ...body, id_token: await forge(decodeJwt(body.id_token)) }),
        };
      }),
    close: async () => void (await Promise.all([proxy.close(), server.close()])),
  };
}

function configurationOf(key: SigningKey, secret: string, redirectUri: string): Configuration {
  const client = { redirect_uris: [redirectUri], grant_types: ['authorization_code'] };
  return {
    clients: [
      { ...client, client_id: CLIENT_ID, client_secret: secret },
      { ...client, client_id: PUBLIC_CLIENT_ID, token_endpoint_auth_method: 'none' },
    ],
    jwks: { keys: [key.privateJwk] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    pkce: { required: () => true },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, id) => ({
      accountId: id,
      claims: async () => ({
        sub: id,
        name: `${id} Example`,
        preferred_username: id,
        email: `${id}@example.com`,
        email_verified: true,
      }),
    }),
  };
}

/** Whoever sits before the browser signs in and agrees, or says no. */
async function interact(
  provider: Provider,
  account: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const result = account === null ? NO : await yes(provider, account, request, response);
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

const NO = { error: 'access_denied', error_description: 'the person said no' };

async function yes(
  provider: Provider,
  account: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<InteractionResults> {
  const { prompt, params } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') return { login: { accountId: account } };
  const grant = new provider.Grant({ accountId: account, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  return { consent: { grantId: await grant.save() } };
}
