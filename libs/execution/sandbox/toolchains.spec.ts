import { describe, expect, it } from 'vitest';
import { isWithin, toolchainFolders } from './toolchains.js';

const folders = (path: readonly string[], node = '/usr/bin/node', more: readonly string[] = []) =>
  toolchainFolders({ path, home: '/home/ada', node, more });

describe('the toolchains of a box', () => {
  it.each([
    ['/home/ada/.nvm/versions/node/v24.1.0/bin', ['/home/ada/.nvm/versions']],
    ['/home/ada/.pyenv/shims', ['/home/ada/.pyenv']],
    ['/home/ada/.cargo/bin', ['/home/ada/.cargo/bin', '/home/ada/.rustup']],
    ['/home/ada/bin', ['/home/ada/bin']],
    ['/home/ada/project/node_modules/.bin', ['/home/ada/project/node_modules/.bin']],
    ['/opt/node/bin', ['/opt/node']],
    ['/data/bin', ['/data/bin']],
    ['/srv/tools', ['/srv/tools']],
    ['relative/bin', []],
  ])('of %s on the PATH are %j', (onPath, expected) => {
    expect(folders([onPath])).toEqual([...expected, '/usr/bin', '/usr/bin/node']);
  });

  it('never hold the credentials that lie beside them', () => {
    const all = folders([
      '/home/ada/.cargo/bin',
      '/home/ada/.local/bin',
      '/home/ada/.local/share/uv/tools/x/bin',
      '/home/ada/.bun/bin',
      '/home/ada/bin',
    ]);
    const secrets = [
      '.cargo/credentials.toml',
      '.local/share/keyrings',
      '.local/share/uv/credentials',
      '.ssh',
      '.npmrc',
    ];
    for (const secret of secrets)
      expect(all.filter((folder) => isWithin(`/home/ada/${secret}`, folder))).toEqual([]);
  });

  it('hold the node that runs, wherever it is, and what the settings add', () => {
    const node = '/home/ada/.nvm/versions/node/v24.1.0/bin/node';
    expect(folders([], node, ['/opt/jdk'])).toEqual(['/home/ada/.nvm/versions', node, '/opt/jdk']);
  });
});
