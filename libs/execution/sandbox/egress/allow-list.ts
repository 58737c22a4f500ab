import { isIP } from 'node:net';

/** Web servers' ports. */
const PORTS = new Set([80, 443]);

/** Why a box may not connect there; null when it may. `*.example.com` means every name below it, and not itself. */
export function refusalOf(host: string, port: number, domains: readonly string[]): string | null {
  if (isIP(host.replaceAll(/^\[|\]$/g, '')) !== 0)
    return `${host} is an address: only names may be asked for`;
  if (!PORTS.has(port)) return `port ${port} is neither 80 nor 443`;
  const name = host.toLowerCase().replace(/\.$/, '');
  if (domains.some((domain) => matches(name, domain.toLowerCase()))) return null;
  return `${name} is not among the allowed domains (${domains.join(', ')}): execution.allowedDomains`;
}

const matches = (name: string, domain: string): boolean =>
  domain.startsWith('*.')
    ? name.endsWith(domain.slice(1)) && name.length > domain.length - 1
    : name === domain;
