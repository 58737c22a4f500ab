import { exportDeviceKey, generateDeviceKey } from '#contract/dpop';
import { MeshError } from '#errors';
import { serverAddress } from '../endpoint.js';
import { enrol } from '../enrol.js';
import { refreshing } from '../refreshing.js';
import { storeOf } from '../signed-in.js';
import { nameOfMachine } from '../sign-in/sign-in.js';
import type { Io } from '../io.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

export const deviceEnroll: Verb = (group, verbs) => {
  group
    .command('enroll')
    .description(
      'enrol the key of this machine with the server you are signed in to; makes one if there is none',
    )
    .option('--name <name>', 'what the machine is called (default: you and its host name)')
    .addHelpText('after', examples('coderclaw device enroll --name laptop --url https://mesh.example'))
    .action(verbs.action(work));
};

async function work(call: Call, { name = nameOfMachine() }: Readonly<{ name?: string }>): Promise<void> {
  const { io, options, output } = call;
  const server = await serverAddress(options, io);
  if (!('url' in server)) throw noNeed();
  await haveKey(io, server.url);
  const device = await enrol(io, server.url, name);
  await output.result(device, ({ id, trust }) => `this machine is device ${id}, ${trust}`);
}

/** A session that was begun without a key goes on with one: the refresh binds its tokens to it. */
async function haveKey(io: Io, url: string): Promise<void> {
  const store = storeOf(io);
  const kept = await store.find(url);
  if (!kept || kept.privateJwk) return;
  const privateJwk = await exportDeviceKey(await generateDeviceKey());
  await store.change(url, (now) => Promise.resolve(now && { privateJwk, ...now }));
  await refreshing(store).tokenFor(url, kept.accessToken);
}

const noNeed = () =>
  new MeshError('unsupported', 'in local-only mode this machine is trusted as it is', {
    hint: 'to enrol it with a server, give --url <address>',
  });
