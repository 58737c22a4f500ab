/** One text column, out of a parameter of parted members. */
const bodies = (parameter: number): string => `unnest(string_to_array($${parameter}, chr(30)))`;

/**
 * One statement for a batch of commits and audit records, at READ COMMITTED. Rows are locked in id order, so that two
 * batches can wait for each other, but never deadlock; a version is advanced only from its predecessor; only what won
 * reaches the log, the queue and the audit. A commit of several events is logged under the version of its first and
 * leaves the version of its last on the task's row. The incarnation is read by the statement itself: see incarnation.ts.
 * Answers the index of each commit that won; a commit that is missing has lost.
 *
 * Parameters: the ids of the tasks; the commits and the audit records as JSON, because `pg` escapes arrays of text one
 * by one in JavaScript (it was a tenth of the server's work); and what is JSON by itself as one text each, its members
 * parted by the record separator (U+001E), which JSON never has inside: so nothing is escaped twice.
 */
export const APPEND = `
with input as (
  select * from rows from (json_to_recordset($2::json) as (id uuid, expected int, version int, commit_id uuid,
      at timestamptz, tenant text, input text, output text, placement text, session_id text, agent_id text, priority int,
      worker_id text, epoch int, lease_ms int, submitted_at timestamptz, requires text, ready_at timestamptz,
      due_at timestamptz), ${bodies(4)}, ${bodies(5)}, ${bodies(6)}, ${bodies(7)}) with ordinality
    as t (id, expected, version, commit_id, at, tenant, input, output, placement, session_id, agent_id, priority,
      worker_id, epoch, lease_ms, submitted_at, requires, ready_at, due_at, state, events, author, decision, ord)
), now_in as (
  select max(number) as incarnation from incarnation
), locked as (
  select t.id from task t where t.id = any ($1::uuid[]) order by t.id for update
), updated as (
  update task t set version = i.version, commit_id = i.commit_id, state = i.state
    from locked l join input i on i.id = l.id
   where t.id = l.id and i.expected > 0 and t.version = i.expected
  returning t.commit_id
), inserted as (
  insert into task (id, tenant, version, commit_id, state, input)
  select id, tenant, version, commit_id, state, input from input where expected = 0 order by id, ord
  on conflict (id) do nothing
  returning commit_id
), won as (
  select i.* from input i
    join (select commit_id from updated union all select commit_id from inserted) w on w.commit_id = i.commit_id
), logged as (
  insert into commit_log (incarnation, tenant, session_id, task_id, version, commit_id, events, author, decision, at)
  select n.incarnation, w.tenant, w.session_id, w.id, w.expected + 1, w.commit_id, w.events, w.author, w.decision, w.at
    from won w cross join now_in n order by w.ord
  returning commit_id
), ended as (
  insert into task_output (task_id, output)
  select id, output from won where output is not null
  on conflict (task_id) do update set output = excluded.output
), left_queue as (
  delete from queue q using won w where q.task_id = w.id and w.placement = 'none'
), queued as (
  insert into queue (task_id, tenant, session_id, agent_id, priority, waiting, worker_id, epoch, lease_ms,
      submitted_at, requires, ready_at, due_at)
  select id, tenant, session_id, agent_id, priority, placement = 'waiting', worker_id, epoch, lease_ms,
      submitted_at, requires, ready_at, due_at
    from won where placement <> 'none' order by ord
  on conflict (task_id) do update
    set waiting = excluded.waiting, worker_id = excluded.worker_id, epoch = excluded.epoch,
      lease_ms = excluded.lease_ms, ready_at = excluded.ready_at, due_at = excluded.due_at
), audited as (
  insert into audit (id, incarnation, tenant, at, entry)
  select a.id, n.incarnation, a.tenant, a.at, a.entry
    from rows from (json_to_recordset($3::json) as (id uuid, commit_id uuid, tenant text, at timestamptz), ${bodies(8)})
      as a (id, commit_id, tenant, at, entry) cross join now_in n
   where a.commit_id is null or a.commit_id in (select commit_id from won)
   order by a.id
  on conflict (id) do nothing
)
select i.ord::int - 1 as index from logged l join input i on i.commit_id = l.commit_id`;

/** Which of the given commits are in the log: (task id, first version, commit id). */
export const FIND_COMMITS = `
select l.commit_id from commit_log l
  join unnest($1::uuid[], $2::int[], $3::uuid[]) as i (task_id, version, commit_id)
    on l.task_id = i.task_id and l.version = i.version and l.commit_id = i.commit_id`;
