import { MeshError, messageOf } from '#errors';

const MAX_BYTES = 512 * 1024;
const TIMEOUT_MS = 10_000;
const NO_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);
const RETRY_AFTER_SECONDS = 5;

/** As `fetch` takes it; openid-client writes down a body that is not there. */
type Init = Omit<RequestInit, 'body'> & Readonly<{ body?: RequestInit['body'] | undefined }>;

/**
 * `fetch` of a party that is trusted with identities and no further: at most 512 KiB and 10 s, and a redirect is an
 * answer, never followed.
 *
 * @throws {MeshError} `unavailable` if it does not answer, answers with more, or says that it cannot (429, 5xx)
 */
export async function boundedFetch(input: string | URL, init: Init = {}): Promise<Response> {
  const { origin } = new URL(input);
  const response = await answerOf(input, init).catch((cause: unknown) => {
    throw away(`${origin} cannot be reached: ${reasonOf(cause)}`, cause);
  });
  const { status } = response;
  if (status >= 500 || status === 429) throw away(`${origin} answers with status ${status}`);
  return response;
}

async function answerOf(input: string | URL, { body: sent = null, ...init }: Init): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  const response = await fetch(input, { ...init, body: sent, redirect: 'manual', signal });
  const { status, statusText, headers } = response;
  const body = await readAtMost(response);
  return new Response(NO_BODY.has(status) ? null : body, { status, statusText, headers });
}

async function readAtMost({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new RangeError(`the answer is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

/** `fetch` only says that it failed; why is in the cause of its error. */
const reasonOf = (thrown: unknown): string =>
  messageOf(thrown instanceof TypeError && thrown.cause !== undefined ? thrown.cause : thrown);

const away = (message: string, cause?: unknown): MeshError =>
  new MeshError('unavailable', message, { retryAfterSeconds: RETRY_AFTER_SECONDS }, { cause });
