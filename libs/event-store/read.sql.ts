/** Visible for good: no transaction under way can still commit before it. Older incarnations are complete. */
const SETTLED = `(incarnation < (select max(number) from incarnation) or xid < pg_snapshot_xmin(pg_current_snapshot()))`;
const AFTER = `(incarnation, xid, position) > ($1::int, $2::xid8, $3::bigint)`;
const IN_ORDER = `order by incarnation, xid, position`;

export const TAIL = `
select incarnation, xid, position, tenant, session_id, task_id, version, commit_id, events, author, at
  from commit_log where ${AFTER} and ${SETTLED} ${IN_ORDER} limit $4`;

const auditTailOf = (columns: string): string => `
select ${columns} from audit where ${AFTER} and ${SETTLED} ${IN_ORDER} limit $4`;

export const AUDIT_TAIL = auditTailOf('incarnation, xid, position, id, entry');

export const AUDIT_PLACES = auditTailOf('incarnation, xid, position, id');

/** The audit's records by id, each an `AuditEntry` in JSON: for what the database does with them by itself. */
export const AUDIT_RECORDS = `select id, entry from audit`;

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

const HELD_COLUMNS = `task_id, tenant, session_id, agent_id`;

/** Times as numbers: a driver's dates are slow, and a hundred thousand rows are read at once. */
const QUEUE_COLUMNS = `${HELD_COLUMNS}, priority, requires, place::float8 as place,
  (extract(epoch from submitted_at) * 1000)::float8 as submitted_at, (extract(epoch from ready_at) * 1000)::float8 as ready_at`;

const READY = `worker_id is null and not waiting`;

export const QUEUED = `
select ${QUEUE_COLUMNS} from queue where ${READY} and place > $1 order by place limit $2`;

/**
 * The commits that this snapshot sees and that one ($2) did not: of transactions that were under way then or began later.
 * Unlike a tail it waits for nobody: an old transaction is just one that is still under way, and told of when it ends.
 * A row comes without a task where there is none, so that there is always a snapshot; OFFSET 0 keeps the planner from
 * reading the whole queue.
 */
export const MOVES = `
with here as (
  select max(number) as incarnation, pg_current_snapshot()::text as snapshot from incarnation
), begun as materialized (
  select task_id from commit_log where incarnation = $1::int and xid >= pg_snapshot_xmax($2::pg_snapshot)
   order by incarnation, xid, position limit $3
), moved as (
  select task_id from begun union
  select task_id from commit_log
   where incarnation = $1::int and xid = any (array(select pg_snapshot_xip($2::pg_snapshot)))
)
select h.incarnation, h.snapshot, (select count(*)::int from begun) as commits, m.task_id as moved_id, q.*
  from here h left join moved m on true
  left join lateral (select ${QUEUE_COLUMNS} from queue where task_id = m.task_id and ${READY} offset 0) q on true`;

export const SNAPSHOT = `
select max(number) as incarnation, pg_current_snapshot()::text as snapshot from incarnation`;

/** Rows of the session in order of arrival, as many as are worth counting, and of these those that go before it. */
export const POSITION = `
select (select 1 + count(*)::int from (
    select place, priority, submitted_at from queue
     where tenant = mine.tenant and session_id = mine.session_id and ${READY} order by place limit 10000) as others
  where (submitted_at - priority * interval '1 minute', place)
      < (mine.submitted_at - mine.priority * interval '1 minute', mine.place)) as position
  from queue mine where task_id = $1::uuid and ${READY}`;

export const WAITING_PER_TENANT = `select tenant, count(*)::int as tasks from queue where ${READY} group by tenant`;

export const LEASED = `select ${HELD_COLUMNS}, worker_id, epoch, lease_ms from queue where worker_id is not null order by place`;

export const UNFINISHED = `select task_id from queue where tenant = $1 and session_id = $2 order by place limit $3`;

export const QUEUE_DEPTH = `
select count(*) filter (where worker_id is null and not waiting)::int as ready, count(worker_id)::int as leased from queue
where $1::text is null or tenant = $1`;

export const VERSIONS = `select id, version from task where id = any ($1::uuid[])`;

export const CHECK = `
select current_setting('transaction_read_only') as read_only, current_setting('fsync') as fsync,
  current_setting('synchronous_commit') as synchronous_commit`;
