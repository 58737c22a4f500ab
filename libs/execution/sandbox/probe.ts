import { mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '#errors';
import { BOX_UID } from './box.js';

/** Runs a command in a box with that workspace and gives what it printed, however it ended. */
export type RunInBox = (command: string, workspace: string) => Promise<string>;

const SECRET = 'a file outside';

/** What a box says of itself, a fact a line. `$1` is a file outside, `$2` the node that runs here. */
const QUESTIONS = (planted: string): string => `
echo "uid=$(id -u)"
echo "capabilities=$(sed -n 's/^CapEff:[[:space:]]*0*//p' /proc/self/status)"
echo "privileges=$(sed -n 's/^NoNewPrivs:[[:space:]]*//p' /proc/self/status)"
for kind in net pid ipc mnt user; do echo "$kind=$(readlink /proc/self/ns/$kind)"; done
echo "devices=$(grep -c : /proc/net/dev)"
echo "outside=$(cat '${planted}' 2>/dev/null)"
echo "system=$(touch /usr/.coderclaw 2>/dev/null && rm /usr/.coderclaw && echo written)"
echo "kernel=$( (cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern) 2>/dev/null && echo written)"
echo "workspace=$(echo kept > kept && cat kept)"
echo "node=$('${process.execPath}' -p 6*7 2>&1)"
echo "namespaces=$(unshare -U true 2>/dev/null && echo made)"
`;

const NAMESPACES = ['net', 'pid', 'ipc', 'mnt', 'user'] as const;

/** What each fact must be, and what is wrong where it is not. */
const EXPECTED: readonly (readonly [fact: string, value: string, wrong: string])[] = [
  ['uid', `${BOX_UID}`, 'a task is not nobody in its box'],
  ['capabilities', '', 'a task has capabilities in its box'],
  ['privileges', '1', 'a task may gain privileges'],
  ['devices', '1', 'a task has network devices beside its own loopback'],
  ['outside', '', 'a task can read a file outside of its box'],
  ['system', '', 'a task can write to /usr'],
  ['kernel', '', 'a task can write the settings of the kernel'],
  ['workspace', 'kept', 'a task cannot write to its workspace'],
  ['node', '42', 'node does not run in a box'],
  ['namespaces', '', 'a task can make namespaces'],
];

/** Runs a box and looks whether it holds. Answers with what is wrong; nothing is, where the list is empty. */
export async function problemsOfBox(run: RunInBox): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'coderclaw-probe-'));
  const outside = await mkdtemp(join(tmpdir(), 'coderclaw-outside-'));
  try {
    const planted = join(outside, 'planted');
    await writeFile(planted, SECRET);
    const said = await run(QUESTIONS(planted), folder);
    return await judge(said);
  } catch (error) {
    return [messageOf(error)];
  } finally {
    await Promise.all([folder, outside].map((path) => rm(path, { recursive: true, force: true })));
  }
}

async function judge(said: string): Promise<readonly string[]> {
  const facts = new Map(said.split('\n').map((line) => splitOnce(line)));
  if (!facts.has('uid')) return [said.trim() === '' ? 'a box does not start' : said.trim()];
  const wrong = EXPECTED.filter(([fact, value]) => facts.get(fact) !== value).map(
    ([fact, , problem]) => `${problem} (${fact}: ${facts.get(fact) ?? 'not said'})`,
  );
  const ours = await Promise.all(NAMESPACES.map((kind) => readlink(`/proc/self/ns/${kind}`)));
  const shared = NAMESPACES.filter((kind, i) => facts.get(kind) === ours[i]);
  return [...wrong, ...shared.map((kind) => `a box shares the ${kind} namespace of the worker`)];
}

function splitOnce(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
