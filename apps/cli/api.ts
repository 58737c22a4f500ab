import { ERROR_CODES, MeshError } from '#errors';
import type { ErrorCode, ErrorDetails } from '#errors';

/** Where a server answers, and with which token. */
export type Endpoint = Readonly<{
  baseUrl: string;
  token?: string | undefined;
  fetch?: typeof fetch | undefined;
  /** What people call the place. */
  name: string;
  /** Flags that lead another call to the same place, with a space before them. */
  flags: string;
}>;

export type Query = Readonly<Record<string, string | number | undefined>>;

/** The few routes of a server that are no part of the runtime's interface. */
export type Api = Readonly<{
  /** @throws {MeshError} what the server said, or `unavailable` */
  get<Answer>(path: string, query?: Query): Promise<Answer>;
  /** @throws {MeshError} what the server said, or `unavailable` */
  post<Answer>(path: string): Promise<Answer>;
  /**
   * What is no JSON, piece by piece as it comes.
   *
   * @throws {MeshError} what the server said, or `unavailable`; also in the middle, if the connection breaks
   */
  download(path: string, query?: Query): AsyncIterable<Uint8Array>;
}>;

export const apiOf = (endpoint: Endpoint): Api => ({
  get: (path, query = {}) => call(endpoint, 'GET', `${path}${searchOf(query)}`),
  post: (path) => call(endpoint, 'POST', path),
  download: (path, query = {}) => download(endpoint, `${path}${searchOf(query)}`),
});

async function call<Answer>(endpoint: Endpoint, method: string, path: string): Promise<Answer> {
  const response = await ask(endpoint, method, path);
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw refusal(body, response.status);
  return body as Answer;
}

async function* download(endpoint: Endpoint, path: string): AsyncIterable<Uint8Array> {
  const response = await ask(endpoint, 'GET', path);
  if (!response.ok) throw refusal(await response.json().catch(() => null), response.status);
  try {
    yield* response.body ?? [];
  } catch (cause) {
    const hint = 'what came so far is not all of it: try again';
    throw new MeshError('unavailable', `${endpoint.name} broke off in the middle`, { hint }, { cause });
  }
}

async function ask(endpoint: Endpoint, method: string, path: string): Promise<Response> {
  const { baseUrl, token, fetch: send = fetch } = endpoint;
  const headers = {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return send(`${baseUrl.replace(/\/+$/, '')}${path}`, { method, headers }).catch((cause: unknown) => {
    throw new MeshError('unavailable', `${endpoint.name} cannot be reached`, {}, { cause });
  });
}

function searchOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) search.append(name, String(value));
  return search.size === 0 ? '' : `?${search.toString()}`;
}

type Problem = ErrorDetails & Readonly<{ code?: ErrorCode; detail?: string }>;

function refusal(body: unknown, status: number): MeshError {
  const { code, detail, field, hint, retryAfterSeconds, problems } = (body ?? {}) as Problem;
  const details = Object.fromEntries(
    Object.entries({ field, hint, retryAfterSeconds, problems }).filter(([, value]) => value !== undefined),
  );
  const known = code !== undefined && ERROR_CODES.includes(code);
  return new MeshError(known ? code : 'unavailable', detail ?? `the server answered ${status}`, details);
}
