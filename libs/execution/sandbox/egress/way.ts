import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { MeshError, messageOf } from '#errors';
import { refusalOf } from './allow-list.js';
import { isPublicAddress } from './public-address.js';

/** What a proxy needs of the network. */
export type Network = Readonly<{
  /** All addresses of a name. */
  resolve: (name: string) => Promise<readonly string[]>;
  connect: (address: string, port: number) => Socket;
}>;

export const INTERNET: Network = {
  resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  connect: (address, port) => connect(port, address),
};

/**
 * Connects to a name that is allowed, at the very address that was looked at: a second answer of DNS is never asked for.
 *
 * @throws {MeshError} `access_denied` with the reason, `unavailable` when there is no such name
 */
export async function connectTo(
  host: string,
  port: number,
  domains: readonly string[],
  network: Network,
): Promise<Socket> {
  const refusal = refusalOf(host, port, domains);
  if (refusal !== null) throw new MeshError('access_denied', refusal);
  const addresses = await network.resolve(host).catch((error: unknown) => {
    throw new MeshError('unavailable', `cannot resolve ${host}: ${messageOf(error)}`);
  });
  const [address] = addresses;
  if (address === undefined) throw new MeshError('unavailable', `${host} has no address`);
  const inner = addresses.find((one) => !isPublicAddress(one));
  if (inner !== undefined)
    throw new MeshError('access_denied', `${host} resolves to ${inner}, which is not on the internet`);
  return network.connect(address, port);
}
