import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Gate } from '#access';
import { FilesArtifactStore } from '#artifacts';
import { CreateSchedule, SubmitTask } from '#commands';
import { SilentLogger } from '#contract';
import { loadConfig } from '#platform';
import { LeapingClock } from '#test/leaping-clock';
import { localActor } from './local-actor.js';
import { openInfrastructure } from './open-infrastructure.js';
import { startProjector } from './projector.role.js';
import { createApp } from './serve.app.js';

/** A time that comes once in four years. */
const CRON = '0 0 29 2 *';

const taskOn = (archive: string) => ({
  description: 'd',
  input: 'i',
  agentId: 'echo',
  workspace: { archive },
});

it('whoever leads removes what nobody used, but no archive of a task that waits, or of a schedule', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-old-artifacts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const flags = { artifacts: { retentionDays: 7 } } as const;
  const config = loadConfig({ cwd: folder, env: {}, home: folder, flags });
  const logger = new SilentLogger();
  const said = vi.spyOn(logger, 'info');
  const infra = await openInfrastructure({ config, logger, inMemory: true });
  const app = await createApp(infra);
  const past = new LeapingClock();
  past.pass(-8);
  const before = new FilesArtifactStore({ folder: config.artifacts.dir, clock: past });
  const { tenant } = localActor();
  const put = async (text: string) =>
    (await before.put(tenant, Readable.from([Buffer.from(text)]), { maxBytes: 100 })).digest;
  const [old, needed, scheduled] = [await put('old'), await put('needed'), await put('scheduled')];
  const gate = app.get(Gate, { strict: false });
  await gate.execute(localActor(), new SubmitTask(taskOn(needed)));
  await before.use(tenant, needed); // as if it had waited for so long
  await gate.execute(localActor(), new CreateSchedule({ name: 'n', cron: CRON, task: taskOn(scheduled) }));
  const stop = await startProjector(app, infra);
  const removed = { artifacts: 1, bytes: 3, days: 7 };
  await vi.waitFor(() => expect(said).toHaveBeenCalledWith(expect.any(String), removed));
  await stop();
  expect(await infra.artifacts.sizeOf(tenant, old)).toBeNull();
  for (const kept of [needed, scheduled]) expect(await infra.artifacts.sizeOf(tenant, kept)).not.toBeNull();
  await app.close();
  await infra.close();
}, 60_000);
