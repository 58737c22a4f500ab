const MAX_BYTES = 512 * 1024;
const TIMEOUT_MS = 10_000;
const NO_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/**
 * `fetch` of a party that is trusted with identities and no further: at most 512 KiB and 10 s, and a redirect is an
 * answer, never followed.
 */
export async function boundedFetch(input: string | URL, init: RequestInit = {}): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  const response = await fetch(input, { ...init, redirect: 'manual', signal });
  const { status, statusText, headers } = response;
  const body = await readAtMost(response);
  return new Response(NO_BODY.has(status) ? null : body, { status, statusText, headers });
}

async function readAtMost({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new RangeError(`the answer is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
