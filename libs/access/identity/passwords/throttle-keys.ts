import { isIPv6 } from 'node:net';

/** How much one kind of thing may fail before it has to wait, and how fast it is forgiven. */
export type Allowance = Readonly<{ failures: number; forgiveMs: number }>;

/** What failures are counted by. */
export type ThrottleKey = Readonly<{ key: string; allowance: Allowance }>;

const MINUTE_MS = 60_000;

/** Whoever guesses at one account; it exists or not. */
export const accountKey = (tenant: string, name: string): ThrottleKey => ({
  key: `account:${tenant}/${name.toLowerCase()}`,
  allowance: { failures: 5, forgiveMs: 15 * MINUTE_MS },
});

/** Whoever guesses at an account from one of its own devices: nobody else's guesses keep its owner out there. */
export const deviceKey = (deviceId: string): ThrottleKey => ({
  key: `device:${deviceId}`,
  allowance: { failures: 5, forgiveMs: 15 * MINUTE_MS },
});

/** The same from all of them, or whoever has a session could enrol a new one for each few guesses. */
export const ownDevicesKey = (userId: string): ThrottleKey => ({
  key: `devices-of:${userId}`,
  allowance: { failures: 20, forgiveMs: 15 * MINUTE_MS },
});

/** Whoever guesses from one address. */
export const addressKey = (address: string): ThrottleKey => ({
  key: `address:${networkOf(address)}`,
  allowance: { failures: 30, forgiveMs: MINUTE_MS },
});

/** Whoever guesses at the codes that devices show. */
export const deviceCodeKey = (userId: string): ThrottleKey => ({
  key: `device-code:${userId}`,
  allowance: { failures: 5, forgiveMs: 15 * MINUTE_MS },
});

/** Whoever has devices wait to be approved: each is counted, for none of them is a guess that could turn out right. */
export const waitingDeviceKey = (address: string): ThrottleKey => ({
  key: `waiting-device:${networkOf(address)}`,
  allowance: { failures: 30, forgiveMs: 10_000 },
});

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** What one line has: an IPv4 address, or the /64 that it gets of IPv6. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = MAPPED_IPV4.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups.slice(0, 4).map(withoutZeros).join(':')}::/64`;
}

const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));

const withoutZeros = (group: string): string => group.replace(/^0+(?=.)/, '').toLowerCase();
