import { describe, expect, it } from 'vitest';
import { compilePolicy, decodePolicy, readSecurityPolicy, repositoryRefusal } from '#policy';

const refusal = (url: string, ...layers: readonly (readonly string[])[]) => {
  const names = ['tenant', 'organization', 'repository'] as const;
  const documents = layers.map((repositories, i) => ({
    name: names[i] ?? 'tenant',
    document: decodePolicy({ workspaces: { repositories } }),
  }));
  return repositoryRefusal(compilePolicy(documents, { local: false }), url);
};

const ACME = 'https://github.com/acme/app.git';

describe('the repositories that tasks may work on', () => {
  it('are none where no layer names any', () => {
    expect(refusal(ACME)).toContain('names no repositories');
    expect(refusal(ACME, [])).toContain('names no repositories');
  });

  it.each([
    [ACME, [ACME]],
    [ACME, ['https://github.com/acme/*']],
    [ACME, ['https://example.com/x', 'https://github.com/**']],
    ['ssh://git@github.com/acme/app', ['ssh://git@github.com/acme/*']],
    ['file:///srv/git/app.git', ['file:///srv/git/*']],
  ])('have %s where %j are named', (url, patterns) => {
    expect(refusal(url, patterns)).toBeNull();
  });

  it.each([
    [ACME, ['https://github.com/other/*']],
    [ACME, ['https://github.com/*']],
    [ACME, ['https://githubXcom/acme/*']],
    ['https://github.com/acme/a/b', ['https://github.com/acme/*']],
    ['https://github.com.evil.example/acme/app', ['https://github.com/**', 'https://github.com/*']],
    ['ssh://github.com/acme/app', ['https://github.com/acme/*']],
    ['file:///etc', ['https://**', 'ssh://**']],
  ])('do not have %s where %j are named', (url, patterns) => {
    expect(refusal(url, patterns)).toContain('does not allow');
  });

  it('are only narrowed by a lower layer', () => {
    expect(refusal(ACME, ['https://github.com/**'], ['https://github.com/acme/*'])).toBeNull();
    expect(refusal(ACME, ['https://github.com/other/*'], ['https://**'])).toContain('does not allow');
    expect(refusal(ACME, ['https://**'], ['https://github.com/other/*'])).toContain('does not allow');
  });

  it.each([
    '--upload-pack=touch /tmp/x',
    'ext::sh -c whoami',
    'git@github.com:acme/app.git',
    'http://github.com/acme/app',
    'git://github.com/acme/app',
    '/srv/git/app.git',
    'https://user@github.com/acme/app',
    'https://user:secret@github.com/acme/app',
    'ssh://git:secret@github.com/acme/app',
    'ssh://-oProxyCommand=x/acme',
    'https://github.com/acme/../other/app',
    'https://github.com/acme/%2e%2e/other',
    'https://github.com/acme/app?x',
    'https://github.com/acme/app#x',
    'https://github.com/acme/a pp',
    'HTTPS://GitHub.com/acme/app',
    '',
  ])('never have %s, whatever is named', (url) => {
    expect(refusal(url, ['https://**', 'ssh://**', 'file://**'])).toMatch(/^must /);
  });

  it.each(['**', 'github.com/acme/*', 'ext::**', 'http://x/**'])('are not named by %s', (pattern) => {
    const text = `workspaces: { repositories: ['${pattern}'] }`;
    expect(readSecurityPolicy(text, 'security.yaml').problems).toHaveLength(1);
  });
});
