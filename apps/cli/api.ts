import type { ConnectOptions } from '#client';
import { ERROR_CODES, MeshError } from '#errors';
import type { ErrorCode, ErrorDetails } from '#errors';

/** Where a server answers, and who asks. */
export type Endpoint = Readonly<{
  baseUrl: string;
  /** The token, or where to get one that is good now. */
  token?: ConnectOptions['token'];
  /** Signs each request. */
  deviceKey?: ConnectOptions['deviceKey'];
  fetch?: typeof fetch | undefined;
  /** On this machine, and for this user alone: it works in the folder it was started for. */
  local?: boolean;
  /** What people call the place. */
  name: string;
  /** Flags that lead another call to the same place, with a space before them. */
  flags: string;
  /** How to sign in there, where nobody has. */
  signIn?: string | undefined;
}>;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request besides its method and path. */
export type Sent = Readonly<{
  query?: Query;
  body?: unknown;
  /** In the place of a body of JSON. */
  content?: Uint8Array<ArrayBuffer>;
  headers?: Readonly<Record<string, string>>;
  /** `manual`: to be sent elsewhere is an answer, and is not followed. @default it is an error */
  redirect?: 'manual';
}>;

/** What came back, whether it is what was hoped for or not. */
export type Answered = Readonly<{ ok: boolean; status: number; body: unknown }>;

/** The routes of a server that are no part of the runtime's interface. */
export type Api = Readonly<{
  /** @throws {MeshError} what the server said, or `unavailable` */
  get<Answer>(path: string, query?: Query): Promise<Answer>;
  /** @throws {MeshError} what the server said, or `unavailable` */
  post<Answer>(path: string, body?: unknown): Promise<Answer>;
  /** @throws {MeshError} what the server said, or `unavailable` */
  send<Answer>(method: Method, path: string, sent?: Sent): Promise<Answer>;
  /** An answer of which a refusal is a part. @throws {MeshError} `unavailable` */
  ask(method: Method, path: string, sent?: Sent): Promise<Answered>;
  /**
   * What is no JSON, piece by piece as it comes.
   *
   * @throws {MeshError} what the server said, or `unavailable`; also in the middle, if the connection breaks
   */
  download(path: string, query?: Query): AsyncIterable<Uint8Array>;
}>;

export const apiOf = (endpoint: Endpoint): Api => ({
  get: (path, query = {}) => call(endpoint, 'GET', path, { query }),
  post: (path, body) => call(endpoint, 'POST', path, { body }),
  send: (method, path, sent = {}) => call(endpoint, method, path, sent),
  ask: (method, path, sent = {}) => answer(endpoint, method, path, sent),
  download: (path, query = {}) => download(endpoint, path, query),
});

async function call<Answer>(endpoint: Endpoint, method: Method, path: string, sent: Sent): Promise<Answer> {
  const { ok, status, body } = await answer(endpoint, method, path, sent);
  if (!ok) throw refusal(body, status);
  return body as Answer;
}

async function answer(endpoint: Endpoint, method: Method, path: string, sent: Sent): Promise<Answered> {
  const response = await ask(endpoint, method, path, sent);
  const body: unknown = await response.json().catch(() => null);
  return { ok: response.ok, status: response.status, body };
}

async function* download(endpoint: Endpoint, path: string, query: Query): AsyncIterable<Uint8Array> {
  const response = await ask(endpoint, 'GET', path, { query });
  if (!response.ok) throw refusal(await response.json().catch(() => null), response.status);
  try {
    yield* response.body ?? [];
  } catch (cause) {
    const hint = 'what came so far is not all of it: try again';
    throw new MeshError('unavailable', `${endpoint.name} broke off in the middle`, { hint }, { cause });
  }
}

const TOKEN_WAIT_MS = 30_000;

/** Sent once more, with a token asked for anew, if the token was refused and there may be another. */
async function ask(endpoint: Endpoint, method: Method, path: string, sent: Sent): Promise<Response> {
  const { authorize } = await import('#client');
  const url = `${endpoint.baseUrl.replace(/\/+$/, '')}${path}${searchOf(sent.query ?? {})}`;
  const attempt = async (refused?: string) => {
    const signal = AbortSignal.timeout(TOKEN_WAIT_MS);
    const { token, headers } = await authorize(endpoint, { method, url, signal }, refused);
    return { token, response: await send(endpoint, url, { method, ...bodyOf(sent, headers) }) };
  };
  const { token, response } = await attempt();
  if (response.status !== 401 || typeof endpoint.token !== 'function') return response;
  await response.body?.cancel();
  return (await attempt(token)).response;
}

const bodyOf = (
  { body, content, headers, redirect }: Sent,
  authorization: Readonly<Record<string, string>>,
): RequestInit => ({
  redirect: redirect ?? 'error', // never followed: a token is for the server it was given for
  headers: {
    accept: 'application/json',
    ...authorization,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(content === undefined ? {} : { 'content-type': 'application/octet-stream' }),
    ...headers,
  },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  ...(content === undefined ? {} : { body: content }),
});

const send = ({ fetch: by = fetch, name }: Endpoint, url: string, init: RequestInit): Promise<Response> =>
  by(url, init).catch((cause: unknown) => {
    throw new MeshError('unavailable', `${name} cannot be reached`, {}, { cause });
  });

function searchOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) search.append(name, String(value));
  return search.size === 0 ? '' : `?${search.toString()}`;
}

type Problem = ErrorDetails & Readonly<{ code?: ErrorCode; detail?: string }>;

/** The error that an answer tells of. */
export function refusal(body: unknown, status: number): MeshError {
  const { code, detail, field, hint, retryAfterSeconds, problems } = (body ?? {}) as Problem;
  const details = Object.fromEntries(
    Object.entries({ field, hint, retryAfterSeconds, problems }).filter(([, value]) => value !== undefined),
  );
  const known = code !== undefined && ERROR_CODES.includes(code);
  return new MeshError(known ? code : 'unavailable', detail ?? `the server answered ${status}`, details);
}
