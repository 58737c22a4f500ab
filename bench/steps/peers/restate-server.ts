import { createRequire } from 'node:module';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '#test/servers/folder';
import { freePort } from '#test/servers/port';
import { ServerProcess } from '#test/servers/server-process';

/** Starts Restate's server with its defaults but for where it listens and that it reports nothing to its makers. */
export async function startRestate(packages: string) {
  const folder = await temporaryFolder();
  const [node, admin, ingress] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder.path, 'restate.toml');
  await writeFile(
    config,
    [
      `base-dir = "${folder.path}/data"`,
      'disable-telemetry = true',
      'listen-mode = "tcp"',
      'log-disable-ansi-codes = true',
      `bind-address = "127.0.0.1:${node}"`,
      `[admin]\nbind-address = "127.0.0.1:${admin}"`,
      `[ingress]\nbind-address = "127.0.0.1:${ingress}"`,
    ].join('\n'),
  );
  const url = { admin: `http://127.0.0.1:${admin}`, ingress: `http://127.0.0.1:${ingress}` };
  const server = new ServerProcess({
    program: programIn(packages),
    args: ['--config-file', config, '--no-logo'],
    logFile: join(folder.path, 'log'),
    cwd: folder.path,
    stopSignal: 'SIGTERM',
    isReady: async () => (await answers(`${url.admin}/health`)) && answers(`${url.ingress}/restate/health`),
  });
  await server.start();
  return {
    where: url,
    stop: async () => {
      await server.stop();
      await folder.remove();
    },
  };
}

/** The program itself: the package's own starter would stand between it and the signals. */
function programIn(packages: string): string {
  const starter = createRequire(`${packages}/`).resolve('@restatedev/restate-server/package.json');
  return createRequire(starter).resolve(
    `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`,
  );
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
