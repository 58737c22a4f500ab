import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { MeshError } from '#errors';

/** Whether an address is one of the public internet: not of a machine, a private network or a special use. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'unicast';
}

/** How we say that an address is not fetched from. */
export const notPublic = (host: string): MeshError =>
  new MeshError(
    'invalid_request',
    `url: ${host} is not an address of the public internet; the setting execution.fetch: any allows it`,
  );

/** Looks a name up and answers with public addresses only: what is checked is what is connected to. */
export const publicLookup: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, '', 0);
    const addresses = found as readonly LookupAddress[];
    const [first] = addresses;
    if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
      return callback(notPublic(host), '', 0);
    return options.all ? callback(null, [...addresses]) : callback(null, first.address, first.family);
  });
};
