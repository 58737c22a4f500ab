import { BlockList, isIP, isIPv4 } from 'node:net';

const MAPPED_IPV4 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** An address as it is compared and counted: what an IPv6 socket says of IPv4 is IPv4. */
const plain = (address: string): string => address.trim().replace(MAPPED_IPV4, '');

const families = { 4: 'ipv4', 6: 'ipv6' } as const;

const familyOf = (address: string): 'ipv4' | 'ipv6' => families[isIPv4(address) ? 4 : 6];

/**
 * Where a request comes from: the other end of its connection; or, where that is a proxy we know, what it wrote last
 * into `X-Forwarded-For`. Anything before that the caller may have written.
 */
export function addressOf(
  peer: string | undefined,
  forwarded: string | readonly string[] | undefined,
  trustedProxies: readonly string[],
): string {
  const address = plain(peer ?? '');
  if (
    trustedProxies.length === 0 ||
    isIP(address) === 0 ||
    !proxiesOf(trustedProxies).check(address, familyOf(address))
  )
    return address;
  const last = plain([forwarded ?? []].flat().join(',').split(',').at(-1) ?? '');
  return isIP(last) === 0 ? address : last;
}

const compiled = new WeakMap<readonly string[], BlockList>();

function proxiesOf(trusted: readonly string[]): BlockList {
  const known = compiled.get(trusted);
  if (known) return known;
  const list = new BlockList();
  for (const entry of trusted) {
    const [network = '', bits] = entry.split('/');
    if (bits === undefined) list.addAddress(network, familyOf(network));
    else list.addSubnet(network, Number(bits), familyOf(network));
  }
  compiled.set(trusted, list);
  return list;
}
