import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { expect, it, onTestFinished } from 'vitest';
import { aDeployment } from '#test/mesh';

it('a workspace reaches a worker in another process, and what is left there comes back', async () => {
  const deployment = await aDeployment('remote-enabled');
  onTestFinished(() => deployment.close());
  const { url, port } = await deployment.start({ roles: 'api,projector' });
  await deployment.start({ roles: 'worker' });
  const client = await deployment.client(port);

  const folder = await mkdtemp(join(tmpdir(), 'e2e-workspace-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'greeting.txt'), 'hello from afar\n');
  await create({ cwd: folder, file: join(folder, 'w.tgz'), gzip: true }, ['greeting.txt']);
  const put = await deployment.fetch(`${url}/v1/artifacts`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(await readFile(join(folder, 'w.tgz'))),
  });
  const { digest } = (await put.json()) as { digest: string };

  const input = 'cat greeting.txt; echo changed > greeting.txt; cp greeting.txt "$CODERCLAW_ARTIFACTS/"';
  const workspace = { archive: digest, diff: true };
  const { id } = await client.submitTask({ description: 'greets', input, workspace });
  for await (const { version } of client.streamTaskUpdates(id)) expect(version).toBeGreaterThan(0);

  const state = await client.getTaskState(id);
  expect(state).toMatchObject({ status: 'completed', output: 'hello from afar\n' });
  expect(state?.artifacts.map(({ name }) => name)).toEqual(['greeting.txt', 'workspace.diff']);
  const read = async (name: string) =>
    (await deployment.fetch(`${url}/v1/tasks/${id}/artifacts/${name}`)).text();
  expect(await read('greeting.txt')).toBe('changed\n');
  expect(await read('workspace.diff')).toContain('-hello from afar\n+changed\n');
}, 120_000);
