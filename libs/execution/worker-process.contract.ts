import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Beat, RecordAsked, Report, SkillUse } from '#contract';
import { ScriptedControlPlane, until } from './scripted-control-plane.contract.js';

type Asked = Readonly<
  | { kind: 'beat'; body: Beat; id: number }
  | { kind: 'report'; body: Report; id: number }
  | { kind: 'useSkill'; body: SkillUse; id: number }
  | { kind: 'record'; body: RecordAsked; id: number }
>;

/** A worker in a process of its own, and its control plane in this one. With `bwrap`, its tasks run in boxes. */
export async function startWorkerProcess(leaseMs: number, bwrap?: string) {
  const workspace = mkdtempSync(join(tmpdir(), 'supervisor-spec-'));
  const plane = new ScriptedControlPlane();
  plane.leaseMs = leaseMs;
  const child = fork(
    fileURLToPath(new URL('../../test/worker-process.mjs', import.meta.url)),
    [workspace, ...(bwrap === undefined ? [] : [bwrap])],
    {
      execArgv: [],
    },
  );
  child.on('message', (asked: Asked) => void answer(plane, child, asked));
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(workspace, { recursive: true, force: true });
  });
  plane.send = (push) => void child.send({ push });
  await until(() => plane.beats.length > 0);
  return { plane, child, workspace };
}

function answerOf(plane: ScriptedControlPlane, { kind, body }: Asked): Promise<object> {
  if (kind === 'beat') return plane.beat(body);
  if (kind === 'report') return plane.report(body);
  return kind === 'record' ? plane.record(body) : plane.useSkill(body);
}

async function answer(plane: ScriptedControlPlane, child: ChildProcess, asked: Asked): Promise<void> {
  const said = await answerOf(plane, asked);
  if (child.connected) child.send({ id: asked.id, answer: said }, () => {});
}
