import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import { MeshError } from '#errors';
import { IdentitySql } from '../identity-sql.service.js';
import type { Sql } from '../identity-sql.service.js';
import { bytesOf, checkPrecondition, refuseTooMuch } from './memory-entry.js';
import type { MemoryEntry, MemoryKey, MemoryValue, Precondition } from './memory-entry.js';

/** One value, of one session, of one tenant. */
export type MemoryPlace = Readonly<{ tenant: string; sessionId: string; key: string }>;

type Row = Readonly<{ key: string; version: number; value: string; bytes: number; changed_at: Date }>;

/** What a session remembers. Nobody else's session is ever in a statement's reach. */
@Injectable()
export class SessionMemory {
  constructor(
    private readonly sql: IdentitySql,
    private readonly clock: Clock,
  ) {}

  /** @throws {MeshError} `not_found` */
  async get(place: MemoryPlace): Promise<MemoryEntry> {
    const row = await rowAt(this.sql, place);
    if (!row) throw nothingAt(place);
    return {
      key: row.key,
      value: JSON.parse(row.value) as MemoryValue,
      version: row.version,
      changedAt: row.changed_at.toISOString(),
    };
  }

  /** In the order of the keys. */
  async list({ tenant, sessionId }: Omit<MemoryPlace, 'key'>): Promise<readonly MemoryKey[]> {
    const rows = await this.sql.rows<Row>(
      `select key, version, bytes, changed_at from session_memory where tenant = $1 and session_id = $2 order by key`,
      tenant,
      sessionId,
    );
    return rows.map(({ changed_at: changed, ...row }) => ({ ...row, changedAt: changed.toISOString() }));
  }

  /**
   * Writes a value.
   *
   * @throws {MeshError} `version_conflict` if the condition does not hold; `payload_too_large` past the limits
   */
  async put(place: MemoryPlace, value: MemoryValue, condition: Precondition = {}): Promise<MemoryEntry> {
    const bytes = bytesOf(value);
    return this.sql.transaction(async (tx) => {
      const version = await nextVersion(tx, place);
      checkPrecondition(place.key, condition, (await rowAt(tx, place))?.version);
      refuseTooMuch(await othersThan(tx, place), bytes);
      const now = this.clock.now();
      await tx.rows(
        `insert into session_memory (tenant, session_id, key, version, value, bytes, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (tenant, session_id, key) do update set version = $4, value = $5, bytes = $6, changed_at = $7`,
        place.tenant,
        place.sessionId,
        place.key,
        version,
        JSON.stringify(value),
        bytes,
        now,
      );
      return { key: place.key, value, version, changedAt: now.toISOString() };
    });
  }

  /** @throws {MeshError} `not_found`; `version_conflict` if the condition does not hold */
  delete(place: MemoryPlace, condition: Precondition = {}): Promise<void> {
    return this.sql.transaction(async (tx) => {
      await nextVersion(tx, place);
      const row = await rowAt(tx, place);
      checkPrecondition(place.key, condition, row?.version);
      if (!row) throw nothingAt(place);
      const text = `delete from session_memory where tenant = $1 and session_id = $2 and key = $3`;
      await tx.rows(text, place.tenant, place.sessionId, place.key);
    });
  }
}

async function rowAt(sql: Sql, { tenant, sessionId, key }: MemoryPlace): Promise<Row | undefined> {
  const text = `select * from session_memory where tenant = $1 and session_id = $2 and key = $3`;
  const [row] = await sql.rows<Row>(text, tenant, sessionId, key);
  return row;
}

/** Locks the session's memory until the end of the transaction: one writes at a time, and limits hold. */
async function nextVersion(tx: Sql, { tenant, sessionId }: MemoryPlace): Promise<number> {
  const [row] = await tx.rows<{ last_version: number }>(
    `insert into session_memory_use as u (tenant, session_id, last_version) values ($1, $2, 1)
     on conflict (tenant, session_id) do update set last_version = u.last_version + 1 returning last_version`,
    tenant,
    sessionId,
  );
  return row?.last_version ?? 1;
}

async function othersThan(tx: Sql, { tenant, sessionId, key }: MemoryPlace) {
  const [row] = await tx.rows<{ keys: number; bytes: number }>(
    `select count(*)::int as keys, coalesce(sum(bytes), 0)::int as bytes from session_memory
     where tenant = $1 and session_id = $2 and key <> $3`,
    tenant,
    sessionId,
    key,
  );
  return row ?? { keys: 0, bytes: 0 };
}

const nothingAt = ({ key }: MemoryPlace) => new MeshError('not_found', `there is nothing under ${key}`);
