import { type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';

/** Stands between a client and a server on the loopback, and does to their connections what networks do. */
export type FaultProxy = Readonly<{
  port: number;
  /** Resets all connections now; new ones are let through. */
  cut(): void;
  /** While on, new connections are reset as soon as they are made. */
  refuse(on: boolean): void;
  /** Delays data by `ms` in each direction; 0 ends it. Order is kept. */
  delayMs(ms: number): void;
  /** While on, connections stay open and nothing passes, not even an end; what was sent meanwhile passes afterwards. */
  halfOpen(on: boolean): void;
  /** Resets all connections and listens no more. */
  close(): Promise<void>;
}>;

/** What the connections of one proxy go through. */
class Weather {
  delayMs = 0;
  refusing = false;
  private calm: Promise<void> | undefined;
  private clear: () => void = () => undefined;

  halfOpen(on: boolean): void {
    if (!on) {
      this.calm = undefined;
      this.clear();
    } else {
      this.calm ??= new Promise((resolve) => {
        this.clear = resolve;
      });
    }
  }

  /** Resolves when what came in may go on. */
  async pass(): Promise<void> {
    if (this.delayMs > 0) {
      const { delayMs } = this;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
    while (this.calm) await this.calm;
  }
}

/** Starts a proxy on a free port before `targetPort` of the loopback. */
export async function startProxy(targetPort: number): Promise<FaultProxy> {
  const weather = new Weather();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (weather.refusing) return void client.resetAndDestroy();
    const target = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, target]) {
      sockets.add(socket.setNoDelay(true));
      socket.once('close', () => sockets.delete(socket));
      socket.on('error', () => undefined); // the pipe that reads from it hears of it too
    }
    void carry(client, target, weather);
    void carry(target, client, weather);
    return undefined;
  });
  const port = await listen(server);
  const cut = (): void => sockets.forEach((socket) => socket.resetAndDestroy());
  return {
    port,
    cut,
    refuse: (on) => void (weather.refusing = on),
    delayMs: (ms) => void (weather.delayMs = ms),
    halfOpen: (on) => weather.halfOpen(on),
    close: async () => {
      weather.halfOpen(false);
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** Carries what one socket says to the other, in order; its end and its reset are carried too. */
async function carry(from: Socket, to: Socket, weather: Weather): Promise<void> {
  try {
    for await (const piece of from) {
      await weather.pass();
      if (!to.write(piece)) await once(to, 'drain');
    }
    await weather.pass();
    to.end();
  } catch {
    await weather.pass();
    to.resetAndDestroy();
  }
}
