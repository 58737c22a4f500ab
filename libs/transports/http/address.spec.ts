import { describe, expect, it } from 'vitest';
import { addressOf } from './address.js';

const PROXIES = ['10.0.0.0/8', '2001:db8::1'];

describe('where a request comes from', () => {
  it.each([
    ['nobody is trusted', '10.0.0.1', '192.0.2.7', [], '10.0.0.1'],
    ['the peer is no proxy of ours', '192.0.2.1', '192.0.2.7', PROXIES, '192.0.2.1'],
    ['the peer is one', '10.1.2.3', '192.0.2.7', PROXIES, '192.0.2.7'],
    ['it is one of IPv6', '2001:db8::1', '2001:db8::7', PROXIES, '2001:db8::7'],
    ['it is one of IPv4 on a socket of IPv6', '::ffff:10.1.2.3', '192.0.2.7', PROXIES, '192.0.2.7'],
    ['the caller wrote a hop before its own', '10.1.2.3', '203.0.113.9, 192.0.2.7', PROXIES, '192.0.2.7'],
    ['the caller sent a header of its own', '10.1.2.3', ['203.0.113.9', '192.0.2.7'], PROXIES, '192.0.2.7'],
    ['it says nothing', '10.1.2.3', undefined, PROXIES, '10.1.2.3'],
    ['it says what is no address', '10.1.2.3', 'unknown', PROXIES, '10.1.2.3'],
    ['there is no network between', undefined, '192.0.2.7', PROXIES, ''],
  ])('%s', (_, peer, forwarded, proxies, address) => {
    expect(addressOf(peer, forwarded, proxies)).toBe(address);
  });
});
