import { isMeshError } from '#errors';
import { apiOf, refusal } from '../api.js';
import type { Api } from '../api.js';
import type { Credential } from '../credentials.js';
import { serverAddress } from '../endpoint.js';
import { accessTo, storeOf } from '../signed-in.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';
import { noteWayBack } from '../way-back.js';

type LogoutOptions = Readonly<{ forget?: boolean }>;

export const logout: Verb = (program, verbs) => {
  program
    .command('logout')
    .description(
      'end your session on a server, and forget it here; the key of this machine is thrown away, and so revoked there',
    )
    .option('--forget', 'do not tell the server: for one that is gone')
    .addHelpText('after', examples('coderclaw logout --url https://mesh.example'))
    .action(verbs.action(work));
};

async function work(call: Call, { forget = false }: LogoutOptions): Promise<void> {
  const { io, output, options } = call;
  const server = await serverAddress(options, io);
  if (!('url' in server)) {
    await output.note('local-only mode has no sign-in: there is nothing to end');
    return noteWayBack(call);
  }
  const { url } = server;
  const store = storeOf(io);
  const kept = await store.find(url);
  if (!kept) return output.note(`you are not signed in to ${url}`);
  if (!forget) await end(apiOf({ baseUrl: url, name: url, flags: '', ...(await accessTo(url, io)) }), kept);
  await store.change(url, () => Promise.resolve(null));
  const { user, sessionId } = kept;
  await output.result({ url, user, sessionId, ended: !forget }, () =>
    forget ? `${url} is forgotten here; session ${sessionId} may go on there` : `signed out of ${url}`,
  );
}

/** The device first: revoking it takes the session that is about to end. */
async function end(api: Api, { deviceId }: Credential): Promise<void> {
  if (deviceId !== undefined) await unlessGone(api, 'DELETE', `/v1/devices/${deviceId}`);
  await unlessGone(api, 'POST', '/v1/auth/logout');
}

const GONE: ReadonlySet<number> = new Set([401, 404]);

/** What has ended already need not be ended. */
async function unlessGone(api: Api, method: 'DELETE' | 'POST', path: string): Promise<void> {
  try {
    const { ok, status, body } = await api.ask(method, path);
    if (!ok && !GONE.has(status)) throw refusal(body, status);
  } catch (error) {
    if (!isMeshError(error, 'unauthenticated')) throw error; // no token can be had for a session that is over
  }
}
