import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what systems hand to outgoing connections: nobody gets such a port by chance while its server is down. */
const [LOWEST, HIGHEST] = [12_000, 32_000];

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** A port of the loopback that nobody listens on. Another may take it before you do: be ready to ask again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
}
