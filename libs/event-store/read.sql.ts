/** Visible for good: no transaction under way can still commit before it. Older incarnations are complete. */
const SETTLED = `(incarnation < (select max(number) from incarnation) or xid < pg_snapshot_xmin(pg_current_snapshot()))`;
const AFTER = `(incarnation, xid, position) > ($1::int, $2::xid8, $3::bigint)`;
const IN_ORDER = `order by incarnation, xid, position`;

export const TAIL = `
select incarnation, xid, position, tenant, session_id, task_id, version, commit_id, events, author, at
  from commit_log where ${AFTER} and ${SETTLED} ${IN_ORDER} limit $4`;

export const AUDIT_TAIL = `
select incarnation, xid, position, id, entry from audit where ${AFTER} and ${SETTLED} ${IN_ORDER} limit $4`;

/** What is not settled counts as well: a reader is behind it, though it may not read it yet. */
export const headOf = (table: 'commit_log' | 'audit'): string => `
select last.incarnation, last.xid, last.position,
  (select count(*)::int from (select 1 from ${table} where ${AFTER} limit 10000) as counted) as behind
  from (select 1) as one left join lateral (
    select incarnation, xid, position from ${table} where ${SETTLED}
     order by incarnation desc, xid desc, position desc limit 1) as last on true`;

export const LOAD = `select id, tenant, commit_id, state from task where id = any ($1::uuid[])`;

export const LOAD_WITH_TEXT = `
select t.id, t.tenant, t.commit_id, t.state, t.input, o.output
  from task t left join task_output o on o.task_id = t.id where t.id = any ($1::uuid[])`;

/** From the commit that holds version $2 + 1, which may have begun before it; each has one event at least. */
export const HISTORY = `
select version, events, author, at from commit_log
 where task_id = $1::uuid and version >= coalesce(
   (select max(version) from commit_log where task_id = $1::uuid and version <= $2::int + 1), 0)
 order by version limit $3`;

const QUEUE_COLUMNS = `task_id, tenant, session_id, agent_id, priority`;

export const QUEUED = `
select ${QUEUE_COLUMNS} from queue
 where worker_id is null and not waiting and (ready_at is null or ready_at <= clock_timestamp())
   and agent_id = any ($2::text[]) and tenant <> all ($3::text[]) order by place limit $1`;

export const LEASED = `select ${QUEUE_COLUMNS}, worker_id, epoch, lease_ms from queue where worker_id is not null order by place`;

export const UNFINISHED = `select task_id from queue where tenant = $1 and session_id = $2 order by place limit $3`;

export const QUEUE_DEPTH = `
select count(*) filter (where worker_id is null and not waiting)::int as ready, count(worker_id)::int as leased from queue`;

export const VERSIONS = `select id, version from task where id = any ($1::uuid[])`;

export const CHECK = `
select current_setting('transaction_read_only') as read_only, current_setting('fsync') as fsync,
  current_setting('synchronous_commit') as synchronous_commit`;
