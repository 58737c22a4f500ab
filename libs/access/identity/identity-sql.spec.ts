import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { IdentitySql } from './identity-sql.service.js';

const LOST = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** A database whose first connection is lost under the statement. */
function cutOnce() {
  const asked: string[] = [];
  const query = async (text: string) => {
    asked.push(text);
    if (asked.length === 1) throw LOST;
    return [{ found: true }];
  };
  return { asked, sql: new IdentitySql({ query } as unknown as DataSource) };
}

describe('a statement about people whose connection is lost', () => {
  it('is asked again where it only reads', async () => {
    const { asked, sql } = cutOnce();
    expect(await sql.rows('select 1 as found')).toEqual([{ found: true }]);
    expect(asked).toHaveLength(2);
  });

  it.each([
    'update app_user set name = $1',
    'delete from one_time_token where hash = $1 returning *',
    'select 1 from app_user for update',
    'with gone as (delete from device returning 1) select * from gone',
  ])('is not where it may have done something: %s', async (text) => {
    const { asked, sql } = cutOnce();
    await expect(sql.rows(text)).rejects.toMatchObject({ code: 'unavailable' });
    expect(asked).toHaveLength(1);
  });
});
