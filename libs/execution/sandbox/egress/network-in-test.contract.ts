import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Network } from './way.js';

/** What may be reached. */
export const DOMAINS = ['registry.example.com', '*.cdn.example.com'];

/** An address on the internet. */
export const PUBLIC = '93.184.215.14';

/** A server on this machine that stands for every public address, and what it was asked. */
export async function aServer(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A network where names have these addresses, the next of a list each time, and all lead to one port here. */
export function aNetwork(port: number, names: Readonly<Record<string, readonly (readonly string[])[]>>) {
  const dialled: string[] = [];
  const asked = new Map<string, number>();
  const network: Network = {
    resolve: (name) => {
      const turn = asked.get(name) ?? 0;
      asked.set(name, turn + 1);
      const answers = names[name];
      const answer = answers?.[Math.min(turn, answers.length - 1)];
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('ENOTFOUND'));
    },
    connect: (address, wanted) => {
      dialled.push(`${address}:${wanted}`);
      return connect(port, '127.0.0.1');
    },
  };
  return { network, dialled, asked };
}
