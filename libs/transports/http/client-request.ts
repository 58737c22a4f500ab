import { MeshError, isMeshError } from '#errors';
import { authorize } from './client-authorization.js';
import type { Credentials } from './client-authorization.js';
import { errorOfProblem } from './wire.js';

export type HttpOptions = Credentials &
  Readonly<{
    /** e.g. `http://127.0.0.1:7411`. */
    baseUrl: string;
    /** @default the platform's `fetch` */
    fetch?: typeof fetch | undefined;
    /** How long one answer may take; for a stream, its beginning. @default 30_000 */
    timeoutMs?: number | undefined;
  }>;

export type Call = Readonly<{
  method?: 'GET' | 'POST';
  query?: Readonly<Record<string, string | number | undefined>>;
  headers?: Readonly<Record<string, string>>;
  body?: object;
  signal?: AbortSignal;
}>;

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * One request, answered well or thrown. The time allowed covers reading the answer.
 *
 * @throws {MeshError} what the server said; `unavailable` if it was not reached or hung up; `deadline_exceeded`
 */
export async function request<Answer>(
  options: HttpOptions,
  path: string,
  call: Call,
  read: (response: Response) => Answer | Promise<Answer>,
): Promise<Answer> {
  const tooLate = new AbortController();
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timer = setTimeout(() => tooLate.abort(), timeoutMs);
  try {
    const signal = call.signal ? AbortSignal.any([call.signal, tooLate.signal]) : tooLate.signal;
    const response = await answerTo(options, addressOf(options.baseUrl, path, call.query), call, signal);
    if (!response.ok) throw await refusalOf(response);
    return await read(response);
  } catch (error) {
    if (isMeshError(error)) throw error;
    if (!tooLate.signal.aborted) throw unreachable(options.baseUrl, error);
    throw new MeshError(
      'deadline_exceeded',
      `${options.baseUrl} did not answer within ${timeoutMs} ms`,
      {},
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** As `request`, for an answer in JSON. */
export const requestJson = <Answer>(options: HttpOptions, path: string, call: Call = {}): Promise<Answer> =>
  request(options, path, call, async (response) => (await response.json()) as Answer);

const unreachable = (baseUrl: string, cause: unknown) =>
  new MeshError(
    'unavailable',
    `${baseUrl} cannot be reached`,
    { hint: 'is the server running there?' },
    { cause },
  );

/** Sent once more, with a token asked for anew, if the token was refused and there may be another. */
async function answerTo(
  options: HttpOptions,
  url: string,
  call: Call,
  signal: AbortSignal,
): Promise<Response> {
  const { method = 'GET' } = call;
  const send = options.fetch ?? fetch;
  const attempt = async (refused?: string) => {
    const { token, headers } = await authorize(options, { method, url, signal }, refused);
    return { token, response: await send(url, initOf(call, headers, signal)) };
  };
  const { token, response } = await attempt();
  if (response.status !== 401 || typeof options.token !== 'function') return response;
  await response.body?.cancel();
  return (await attempt(token)).response;
}

function initOf(
  { method = 'GET', headers, body }: Call,
  authorization: Readonly<Record<string, string>>,
  signal: AbortSignal,
): RequestInit {
  return {
    method,
    signal,
    headers: {
      accept: 'application/json',
      ...authorization,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

function addressOf(baseUrl: string, path: string, query: Call['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  const search = new URLSearchParams(given).toString();
  return `${baseUrl.replace(/\/+$/, '')}${path}${search && `?${search}`}`;
}

async function refusalOf(response: Response): Promise<MeshError> {
  const text = await response.text();
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return errorOfProblem(jsonOrNull(text), response.status, seconds >= 0 ? seconds : undefined);
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
