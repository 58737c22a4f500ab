import { type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { temporaryFolder } from './folder.js';

/** Where the keeper of this run listens, for the processes that specs run in. */
export const KEEPER = 'CODERCLAW_TEST_KEEPER';

/** A service that all specs of a run share: its address, and how to end it. */
export type SharedService = Readonly<{ url: string; stop(): Promise<void> }>;

/** Keeps the services of a run, each started when a spec first asks for it by name, on a unix socket. */
export async function startKeeper(
  services: Readonly<Record<string, () => Promise<SharedService>>>,
): Promise<Readonly<{ path: string; close(): Promise<void> }>> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'keeper');
  const started = new Map<string, Promise<SharedService>>();
  const offered = new Map(Object.entries(services));

  const serviceOf = (name: string): Promise<SharedService> => {
    const known =
      started.get(name) ?? offered.get(name)?.() ?? Promise.reject(new Error(`no service ${name}`));
    started.set(name, known);
    return known;
  };
  const answer = async (socket: Socket): Promise<void> => {
    socket.on('error', () => undefined); // whoever asked has gone
    const [name] = await once(socket, 'data');
    const reply = await serviceOf(`${name}`.trim()).then(
      ({ url }) => ({ url }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    socket.end(JSON.stringify(reply));
  };
  const server = createServer((socket) => void answer(socket).catch(() => socket.destroy()));
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    close: async () => {
      server.close();
      await Promise.allSettled([...started.values()].map(async (service) => (await service).stop()));
      await folder.remove();
    },
  };
}
