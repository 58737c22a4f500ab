import { describe, expect, it } from 'vitest';
import { refusalOf } from './allow-list.js';
import { isPublicAddress } from './public-address.js';

const DOMAINS = ['registry.example.com', '*.cdn.example.com'];

describe('the list of allowed domains', () => {
  it.each([
    ['registry.example.com', 443],
    ['registry.example.com', 80],
    ['REGISTRY.example.com.', 443],
    ['a.cdn.example.com', 443],
    ['a.b.cdn.example.com', 443],
  ])('lets %s:%i through', (host, port) => {
    expect(refusalOf(host, port, DOMAINS)).toBe(null);
  });

  it.each([
    ['example.com', 443, 'is not among the allowed domains'],
    ['cdn.example.com', 443, 'is not among the allowed domains'],
    ['evilcdn.example.com', 443, 'is not among the allowed domains'],
    ['registry.example.com.evil.org', 443, 'is not among the allowed domains'],
    ['2130706433', 443, 'is not among the allowed domains'],
    ['0x7f.1', 443, 'is not among the allowed domains'],
    ['localhost', 443, 'is not among the allowed domains'],
    ['registry.example.com', 22, 'port 22 is neither 80 nor 443'],
    ['registry.example.com', 4222, 'port 4222 is neither'],
    ['127.0.0.1', 443, 'is an address'],
    ['[::1]', 443, 'is an address'],
    ['::ffff:10.0.0.1', 443, 'is an address'],
    ['', 443, 'is not among'],
  ])('refuses %s:%i', (host, port, reason) => {
    expect(refusalOf(host, port, DOMAINS)).toContain(reason);
  });
});

describe('an address', () => {
  it.each(['93.184.215.14', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.9.9.9',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2001::1',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
