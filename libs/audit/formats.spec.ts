import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AUDIT_FORMATS } from '#contract';
import type { AuditEntry, AuditFormat } from '#contract';
import { EXPORT_FORMATS } from './formats.js';
import { PRODUCT_IN_TEST, anEntry, anyEntry } from './samples.contract.js';

const line = (format: AuditFormat, entry: AuditEntry) => EXPORT_FORMATS[format].line(entry, PRODUCT_IN_TEST);
const parsed = (format: AuditFormat, entry: AuditEntry) =>
  JSON.parse(line(format, entry)) as Record<string, unknown>;

describe.each(AUDIT_FORMATS)('a record as %s', (format) => {
  it('is one line, whatever its texts hold', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        expect(line(format, entry)).not.toMatch(/[\n\r]/);
      }),
    );
  });

  it('is the same line each time it is exported', () =>
    expect(line(format, anEntry())).toBe(line(format, anEntry())));
});

describe('a record in JSON Lines', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        expect(parsed('jsonl', entry)).toEqual(entry);
      }),
    );
  });

  it('is one line also to readers who end one at other characters', () =>
    expect(line('jsonl', anEntry({ reason: 'a\u2028b\u2029c\u0085d' }))).toContain(
      'a\\u2028b\\u2029c\\u0085d',
    ));
});

describe('a record as a CloudEvent', () => {
  it('carries it whole, under its own id and time', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        expect(parsed('cloudevents', entry)).toMatchObject({
          specversion: '1.0',
          id: entry.id,
          type: `dev.coderclaw.audit.${entry.action}`,
          time: entry.at,
          data: entry,
        });
      }),
    );
  });

  it('has a source that is a URI and no attribute that is empty', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const { data: _, ...attributes } = parsed('cloudevents', entry);
        expect(attributes['source']).toMatch(/^\/tenants\/[\w.~!*'()%-]*\/audit$/);
        expect(Object.values(attributes)).not.toContain('');
      }),
    );
  });
});

/** Reads CEF by its own rules: bars and equals signs that no backslash stands before. */
function readCef(text: string) {
  const [, ...fields] = /^CEF:0((?:\|(?:[^|\\]|\\.)*){6})\|(.*)$/su.exec(text) ?? [];
  const head = [...(fields[0] ?? '').matchAll(/\|((?:[^|\\]|\\.)*)/gsu)].map(([, field = '']) =>
    field.replaceAll(/\\([\\|])/g, '$1'),
  );
  const names = [...(fields[1] ?? '').matchAll(/(?:^| )(\w+)=/gu)];
  const extension = names.map(({ index, 0: whole, 1: name = '' }, i) => {
    const end = names[i + 1]?.index ?? fields[1]?.length;
    return [name, unescaped(fields[1]?.slice(index + whole.length, end) ?? '')] as const;
  });
  return { head, extension: new Map(extension) };
}

const unescaped = (text: string) =>
  text.replaceAll(/\\(.)/gu, (_, character: string) =>
    character === 'n' ? '\n' : character === 'r' ? '\r' : character,
  );

describe('a record in CEF', () => {
  it('is read back with every field, whatever bars, equals signs, backslashes and ends of lines it has', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const { head, extension } = readCef(line('cef', entry));
        expect(head).toHaveLength(6);
        expect(head.slice(0, 3)).toEqual(['CoderClaw', 'CoderClaw Mesh', '2.0.0']);
        expect(Object.fromEntries(extension)).toMatchObject(
          JSON.parse(
            JSON.stringify({
              rt: String(Date.parse(entry.at)),
              externalId: entry.id,
              cat: entry.action,
              act: entry.result,
              reason: entry.reason,
              suid: entry.userId,
              suser: entry.userName,
              CoderClawMeshTenant: entry.tenant,
              CoderClawMeshActorKind: entry.actorKind,
              CoderClawMeshIssuer: entry.issuer,
              CoderClawMeshSessionId: entry.sessionId,
              CoderClawMeshDeviceId: entry.deviceId,
              CoderClawMeshTrust: entry.trust,
              CoderClawMeshRoles: entry.roles.join(','),
              CoderClawMeshResourceType: entry.resourceType,
              CoderClawMeshResourceId: entry.resourceId,
              CoderClawMeshRule: entry.rule,
              CoderClawMeshPolicyHash: entry.policyHash,
              CoderClawMeshArgumentsHash: entry.argumentsHash,
              CoderClawMeshTraceId: entry.traceId,
            }),
          ),
        );
      }),
    );
  });

  it.each([
    ['192.0.2.7', ' src=192.0.2.7 '],
    ['2001:db8::1', ' c6a2=2001:db8::1 c6a2Label=Source IPv6 Address '],
    ['unix', ' shost=unix '],
  ])('names the address %s by the key of its kind', (address, expected) =>
    expect(line('cef', anEntry({ address }))).toContain(expected),
  );

  it('says how bad it is', () =>
    expect(
      (['allowed', 'refused', 'denied'] as const).map(
        (result) => line('cef', anEntry({ result })).split('|')[6],
      ),
    ).toEqual(['3', '5', '7']));
});
