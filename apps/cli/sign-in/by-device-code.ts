import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { MeshError } from '#errors';
import { refusal } from '../api.js';
import type { Answered, Api } from '../api.js';
import { harmless } from '../harmless.js';
import type { Way } from './way.js';

const startedSchema = z.object({
  device_code: z.string().min(1),
  user_code: z.string().min(1).max(64),
  verification_uri: z.string().min(1).max(2048),
  verification_uri_complete: z.string().max(2048).optional(),
  expires_in: z.number().positive(),
  /** RFC 8628 §3.2: five, where the server does not say. */
  interval: z.number().positive().default(5),
});

type Started = z.output<typeof startedSchema>;

export type PollingOptions = Readonly<{
  /** @default a timer */
  pause?: (ms: number) => Promise<unknown>;
  /** @default the system's time, in milliseconds */
  now?: () => number;
}>;

/** By a code that is approved in any browser, for a machine that has none (RFC 8628). */
export const byDeviceCode =
  (options: PollingOptions = {}): Way =>
  async ({ output }, { api, client }) => {
    const parsed = startedSchema.safeParse(await api.post('/v1/auth/device-code', { client }));
    if (!parsed.success) throw new MeshError('unavailable', 'the server gave no code to approve');
    const { user_code, verification_uri, verification_uri_complete } = parsed.data;
    const address = harmless(verification_uri_complete ?? verification_uri);
    await output.stderr(
      `Open ${address}\nand approve this code, if it is the same there: ${harmless(user_code)}\n`,
    );
    output.step('waiting for it to be approved');
    return poll(api, parsed.data, options);
  };

const SLOWER_SECONDS = 5;

/** How many seconds longer to wait; a word that is not here ends it. */
const GO_ON: ReadonlyMap<unknown, number> = new Map([
  ['authorization_pending', 0],
  ['slow_down', SLOWER_SECONDS],
]);

const WHY: ReadonlyMap<unknown, string> = new Map([
  ['access_denied', 'the code was not approved'],
  ['expired_token', 'the code was not approved in time'],
]);

async function poll(api: Api, { device_code, expires_in, interval }: Started, options: PollingOptions) {
  const { pause: wait = (ms) => pause(ms), now = Date.now } = options;
  const until = now() + expires_in * 1_000;
  let seconds = interval;
  while (now() < until) {
    await wait(seconds * 1_000);
    const answered = await ask(api, device_code);
    if (answered.ok) return answered.body;
    const error = errorOf(answered);
    const slower = GO_ON.get(error);
    if (slower === undefined) throw ended(error, answered);
    seconds += slower;
  }
  throw ended('expired_token', { body: null, status: 400 });
}

/** A connection that breaks is tried again after the pause, and no sooner (RFC 8628 §3.5). */
const ask = (api: Api, code: string): Promise<Answered> =>
  api
    .ask('POST', '/v1/auth/token', {
      body: { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code },
    })
    .catch(() => ({ ok: false, status: 503, body: { error: 'slow_down' } }));

const errorOf = ({ status, body }: Answered): unknown => {
  if (status === 429 || status === 503) return 'slow_down';
  return typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
};

function ended(error: unknown, { body, status }: Pick<Answered, 'body' | 'status'>): MeshError {
  const why = WHY.get(error);
  if (why === undefined) return refusal(body, status);
  return new MeshError('access_denied', why, { hint: 'run `coderclaw login --device-code` again' });
}
