import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { expect, it, onTestFinished } from 'vitest';
import { aDeployment } from '#test/mesh';

const BYTES = { 'content-type': 'application/octet-stream' };

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-artifacts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

it('API processes with folders of their own see each other’s artifacts in the broker, and say when it is away', async () => {
  const deployment = await aDeployment('remote-enabled', { env: { CODERCLAW_ARTIFACTS_STORE: 'jetstream' } });
  onTestFinished(() => deployment.close());
  const [one, other] = [
    await deployment.start({ roles: 'api,projector', env: { CODERCLAW_ARTIFACTS_DIR: await aFolder() } }),
    await deployment.start({ roles: 'api', env: { CODERCLAW_ARTIFACTS_DIR: await aFolder() } }),
  ];
  await deployment.start({ roles: 'worker' });

  const folder = await aFolder();
  await writeFile(join(folder, 'greeting.txt'), 'hello from afar\n');
  await create({ cwd: folder, file: join(folder, 'w.tgz'), gzip: true }, ['greeting.txt']);
  const body = new Uint8Array(await readFile(join(folder, 'w.tgz')));
  const put = (url: string) =>
    deployment.fetch(`${url}/v1/artifacts`, { method: 'POST', headers: BYTES, body });
  const { digest } = (await (await put(other.url)).json()) as { digest: string };

  const client = await deployment.client(one.port);
  const input = 'cat greeting.txt; echo left > "$CODERCLAW_ARTIFACTS/left.txt"';
  const { id } = await client.submitTask({ description: 'd', input, workspace: { archive: digest } });
  for await (const { version } of client.streamTaskUpdates(id)) expect(version).toBeGreaterThan(0);
  expect(await client.getTaskState(id)).toMatchObject({ status: 'completed', output: 'hello from afar\n' });
  const left = (url: string) => deployment.fetch(`${url}/v1/tasks/${id}/artifacts/left.txt`);
  for (const { url } of [one, other]) expect(await (await left(url)).text()).toBe('left\n');

  await deployment.nats?.kill();
  const problems = [await left(one.url), await put(other.url)];
  for (const answer of problems) {
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await answer.json()).toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('artifacts cannot be reached'),
    });
  }
  expect(await client.getTaskState(id)).toMatchObject({ status: 'completed' });
}, 120_000);
