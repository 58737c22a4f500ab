import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import type { Schedule, TaskState } from '#contract';
import { CLI, aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment, Started } from '#test/mesh';

const MINUTE_MS = 60_000;

let deployment: Deployment;
let api: Started;
let client: HTTPTransportAdapter;
let database: Client;

beforeAll(async () => {
  deployment = await aDeployment('remote-enabled');
  api = await deployment.start({ roles: 'api' });
  client = await deployment.client(api.port);
  database = new Client({ connectionString: deployment.env['CODERCLAW_DATABASE_URL'] });
  await database.connect();
}, 120_000);
afterAll(async () => {
  await database?.end();
  await deployment?.close();
}, 60_000);

it('a schedule made by the CLI submits one task a time, on time, with two schedulers, and after kill -9 of the one that leads', async () => {
  const leader = await deployment.start({ roles: 'projector' });
  const term = await eventually('one leads', leading);
  const other = await deployment.start({ roles: 'projector' });
  await deployment.start({ roles: 'worker' });

  const made = await schedule('* * * * *', 'the minute has come', '--name', 'minutely');
  const [first, second, third] = made.nextTimes;
  expect(timesOf(await submitted(1))).toEqual([first]);
  expect([await leading(), leader.running(), other.running()]).toEqual([term, true, true]);

  await leader.kill();
  const tasks = await submitted(2);
  expect(timesOf(tasks)).toEqual([first, second]);
  expect(await leading()).not.toBe(term);
  expect(tasks[0]).toMatchObject({ description: 'the minute has come', agentId: 'echo' });

  const states = await checkRecord(
    client,
    (await all()).map(({ id }) => id),
  );
  expect(states.map(({ status }) => status)).toEqual(['completed', 'completed']);
  expect(await coderclaw<Schedule>('schedule', 'list')).toMatchObject({
    id: made.id,
    nextTimes: expect.arrayContaining([third]),
    last: { at: second, result: 'submitted', taskId: states[0]?.id },
  });
}, 240_000);

/** Who holds the term, by the database's word; none before the first has it. */
async function leading(): Promise<string | undefined> {
  const found = await database.query<{ holder: string }>(
    `select holder from term where name = 'projector' and until > clock_timestamp()`,
  );
  return found.rows[0]?.holder;
}

/** The last line that the CLI answers, as somebody at another machine gets it. */
async function coderclaw<Answer>(...args: readonly string[]): Promise<Answer> {
  const env = { ...deployment.env, CODERCLAW_URL: api.url, CODERCLAW_TOKEN: await deployment.token() };
  const given = [CLI, ...args, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, given, { cwd: deployment.folder, env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Answer;
}

const schedule = (cron: string, input: string, ...more: readonly string[]): Promise<Schedule> =>
  coderclaw<Schedule>('schedule', 'create', cron, input, '--agent', 'echo', ...more);

/** Every task there is, the newest first. */
const all = async (): Promise<readonly TaskState[]> => (await client.listTasks()).tasks;

/** All tasks, as soon as there are so many. */
const submitted = (count: number): Promise<readonly TaskState[]> =>
  eventually(
    `there are ${count} tasks`,
    async () => {
      const tasks = await all();
      return tasks.length >= count && tasks;
    },
    2 * MINUTE_MS,
  );

/** The times that tasks were submitted for, oldest first: the minute that began at most a second before. */
const timesOf = (tasks: readonly TaskState[]): readonly string[] =>
  tasks.toReversed().map(({ createdAt }) => {
    const at = Date.parse(createdAt);
    const late = at % MINUTE_MS;
    return late < 1_000 ? new Date(at - late).toISOString() : `${createdAt}: not on time`;
  });
