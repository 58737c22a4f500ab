import { randomBytes } from 'node:crypto';
import { AuthorizationCodes } from './authorization-codes.js';
import { formOf, json, listen, redirect } from './http-server.js';

/** What GitHub's API says about an account. */
export type GitHubAccount = Readonly<{
  id: number;
  login: string;
  name: string | null;
  email: string | null;
}>;

/** GitHub's sign-in and the one call of its API that signing in needs, as they are on the wire. */
export type GitHubServer = Readonly<{
  url: string;
  apiUrl: string;
  clientId: string;
  clientSecret: string;
  /** What the last authorization request asked for. */
  lastRequest(): URLSearchParams;
  signsInAs(account: GitHubAccount | null): void;
  /** What it calls itself in its answers (RFC 9207); `null` leaves it out, as GitHub long did. */
  namesItself(issuer: string | null): void;
  close(): Promise<void>;
}>;

const CLIENT_ID = 'Iv1.0123456789abcdef';

type State = { account: GitHubAccount | null; issuer: string | null; request: URLSearchParams };

/** Starts a stand-in that is as strict as GitHub, and says no as GitHub does: with status 200. */
export async function startGitHub(): Promise<GitHubServer> {
  const codes = new AuthorizationCodes();
  const clientSecret = randomBytes(20).toString('hex');
  const tokens = new Map<string, GitHubAccount>();
  const state: State = { account: null, issuer: null, request: new URLSearchParams() };
  const server = await listen(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://github');
    if (pathname === '/login/oauth/authorize')
      return redirect(response, authorize(codes, state, searchParams));
    if (pathname === '/login/oauth/access_token')
      return json(response, redeem(codes, tokens, clientSecret, await formOf(request)));
    if (pathname !== '/api/v3/user' || !request.headers['user-agent'])
      return json(response, { message: 'Not Found' }, 404);
    const account = tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
    return account ? json(response, account) : json(response, { message: 'Bad credentials' }, 401);
  });
  return {
    ...server,
    apiUrl: `${server.url}/api/v3`,
    clientId: CLIENT_ID,
    clientSecret,
    lastRequest: () => state.request,
    signsInAs: (account) => void (state.account = account),
    namesItself: (issuer) => void (state.issuer = issuer),
  };
}

function authorize(codes: AuthorizationCodes, state: State, request: URLSearchParams): URL {
  state.request = request;
  const back = state.account ? codes.grant(request, JSON.stringify(state.account)) : denial(request);
  if (state.issuer !== null) back.searchParams.set('iss', state.issuer);
  return back;
}

function denial(request: URLSearchParams): URL {
  const back = new URL(request.get('redirect_uri') ?? '');
  back.searchParams.set('error', 'access_denied');
  back.searchParams.set('error_description', 'The user has denied your application access.');
  back.searchParams.set('state', request.get('state') ?? '');
  return back;
}

function redeem(
  codes: AuthorizationCodes,
  tokens: Map<string, GitHubAccount>,
  clientSecret: string,
  form: URLSearchParams,
): object {
  if (form.get('client_secret') !== clientSecret || form.get('client_id') !== CLIENT_ID)
    return { error: 'incorrect_client_credentials', error_description: 'incorrect' };
  const asked = codes.redeem(form);
  if (!asked) return { error: 'bad_verification_code', error_description: 'incorrect or expired' };
  const token = `gho_${randomBytes(18).toString('hex')}`;
  tokens.set(token, JSON.parse(asked.account) as GitHubAccount);
  return { access_token: token, scope: '', token_type: 'bearer' };
}
