import { describe, expect, it } from 'vitest';
import { compilePolicy, trustOf } from '#policy';
import type { PolicyDocument } from '#policy';

const compiled = (...documents: readonly PolicyDocument[]) =>
  compilePolicy(
    documents.map((document) => ({ name: 'repository', document })),
    { local: false },
  );

describe('the keys of signing in', () => {
  const now = new Date('2026-01-31T00:00:00Z');
  const seen = (days: number) => new Date(now.getTime() - days * 86_400_000);

  it('identity.providers leaves those that every layer names', () => {
    expect(compiled({}, { identity: { providers: [] } }).identityProviders).toBeUndefined();
    const two = compiled(
      { identity: { providers: ['oidc', 'github'] } },
      { identity: { providers: ['github'] } },
    );
    expect([...(two.identityProviders ?? [])]).toEqual(['github']);
    const none = compiled({ identity: { providers: ['oidc'] } }, { identity: { providers: ['github'] } });
    expect(none.identityProviders).toEqual(new Set());
  });

  it('deviceTrust.autoTrustLocal false takes the trust of a local caller away', () => {
    const on = compiled({ deviceTrust: { autoTrustLocal: true } });
    const off = compiled(
      { deviceTrust: { autoTrustLocal: true } },
      { deviceTrust: { autoTrustLocal: false } },
    );
    expect(trustOf(on, { local: true }, now)).toBe('trusted');
    expect(trustOf(off, { local: true }, now)).toBe('untrusted');
    expect(trustOf(off, { local: true, device: { trust: 'verified', lastSeenAt: now } }, now)).toBe(
      'verified',
    );
    expect(trustOf(on, { local: false }, now)).toBe('untrusted');
  });

  it('deviceTrust.maxUnseenDays lets the trust of a device fall', () => {
    const policy = compiled({ deviceTrust: { maxUnseenDays: 90 } }, { deviceTrust: { maxUnseenDays: 30 } });
    const at = (days: number, of = policy) =>
      trustOf(of, { local: false, device: { trust: 'trusted', lastSeenAt: seen(days) } }, now);
    expect([at(29), at(30), at(31)]).toEqual(['trusted', 'trusted', 'untrusted']);
    expect(at(3000, compiled({}))).toBe('trusted');
  });
});
