import type { SqlClient } from './sql-pool.js';

/** Which database this is: another one after a dump and restore, a recovery to a point in time, or a promotion. */
const FINGERPRINT = `
select (select system_identifier::text from pg_control_system()) as system_id,
  (select oid::text from pg_database where datname = current_database()) as database_oid,
  left(pg_walfile_name(pg_current_wal_lsn()), 8) as timeline`;

const IS_KNOWN = `
select 1 as one from (select * from incarnation order by number desc limit 1) as last join (${FINGERPRINT}) as f
  on (last.system_id, last.database_oid, last.timeline) = (f.system_id, f.database_oid, f.timeline)`;

/** With the lock: when the new number can be seen, everything under the old one is committed. */
const BEGIN_NEXT = `
do $$ begin
  lock table incarnation, commit_log, audit in exclusive mode;
  if not exists (${IS_KNOWN}) then
    insert into incarnation (number, system_id, database_oid, timeline)
    select coalesce((select max(number) from incarnation), 0) + 1, f.system_id, f.database_oid, f.timeline
      from (${FINGERPRINT}) as f;
  end if;
end $$`;

/** Begins a new incarnation of the log where the database is not the one it was: transaction ids may start again. */
export async function ensureIncarnation(db: SqlClient): Promise<void> {
  const { rows } = await db.query(IS_KNOWN);
  if (rows.length === 0) await db.query(BEGIN_NEXT);
}
