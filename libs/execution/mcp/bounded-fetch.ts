/** As much as one answer may have. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** How long a server may take to say goodbye. */
const GOODBYE_MS = 2_000;

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Fetches as the protocol needs it: answers are bounded, and nobody listens for what a server says unasked.
 *
 * @param onCut told when an answer ends before its time: who waits for it would wait in vain
 */
export const boundedFetch =
  (onCut: () => void): Fetch =>
  async (url, init = {}) => {
    const headers = new Headers(init.headers);
    if (init.method === 'GET' && !headers.has('last-event-id')) return new Response(null, { status: 405 });
    const response = await fetch(url, init.method === 'DELETE' ? withinGoodbye(init) : init);
    if (!response.ok || !response.body) return response;
    return new Response(bounded(response.body, onCut), {
      status: response.status,
      headers: response.headers,
    });
  };

const withinGoodbye = (init: RequestInit): RequestInit => ({
  ...init,
  signal: AbortSignal.any([AbortSignal.timeout(GOODBYE_MS), ...(init.signal ? [init.signal] : [])]),
});

function bounded(body: ReadableStream<Uint8Array>, onCut: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  let unwanted = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (unwanted) return;
        if (done) return controller.close();
        bytes += value.length;
        if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`);
        controller.enqueue(value);
      } catch (error) {
        if (unwanted) return;
        controller.error(error);
        void reader.cancel().catch(() => {}); // it is broken already
        onCut();
      }
    },
    cancel: (reason) => {
      unwanted = true;
      return reader.cancel(reason);
    },
  });
}
