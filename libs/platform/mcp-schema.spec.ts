import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from './load-config.js';

/** The configuration of a repository's and a user's file. */
function load(repository: string, user = '') {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [place, text] of [
    ['repo', repository],
    ['home', user],
  ] as const) {
    mkdirSync(join(folder, place, '.coderClaw'), { recursive: true });
    writeFileSync(join(folder, place, '.coderClaw', 'runtime.yaml'), text);
  }
  return loadConfig({ cwd: join(folder, 'repo'), home: join(folder, 'home'), env: {} });
}

describe('the setting mcpServers', () => {
  it('names servers that are started or reached, and is empty unless given', () => {
    expect(load('').mcpServers).toEqual({});
    const text = `mcpServers:
  github: { command: [npx, -y, server], env: [GITHUB_TOKEN], agents: [code-reviewer] }
  docs: { url: "https://mcp.example.org/mcp", tokenFile: /run/secrets/docs }
  near: { url: "http://mcp:8080/mcp" }
`;
    expect(load(text).mcpServers).toMatchObject({
      github: { command: ['npx', '-y', 'server'], env: ['GITHUB_TOKEN'], agents: ['code-reviewer'] },
      docs: { url: 'https://mcp.example.org/mcp' },
      near: { url: 'http://mcp:8080/mcp' },
    });
  });

  it.each([
    ['a: {}', /mcpServers\.a\.command: exactly one of command and url is needed/],
    ['a: { command: [x], url: "https://a.example" }', /mcpServers\.a\.command: exactly one/],
    ['a: { command: npx server }', /mcpServers\.a\.command/],
    ['a: { command: [] }', /mcpServers\.a\.command/],
    ['a: { command: [x], env: ["TOKEN=1"] }', /mcpServers\.a\.env\.0: must be the name of a variable/],
    ['a: { url: "https://a.example", env: [X] }', /mcpServers\.a\.env: is for a command/],
    ['a: { command: [x], tokenFile: /t }', /mcpServers\.a\.tokenFile: is for a url/],
    [
      'a: { url: "http://a.example", tokenFile: /t }',
      /mcpServers\.a\.url: must be https where a token is sent/,
    ],
    ['a: { url: "https://a.example", tokenFile: t }', /mcpServers\.a\.tokenFile: must be an absolute path/],
    ['a: { url: "https://u:p@a.example" }', /mcpServers\.a\.url: must have no user/],
    ['a: { url: "file:///etc/passwd" }', /mcpServers\.a\.url: must be an http or https address/],
    ['a: { command: [x], token: secret }', /mcpServers\.a\.token/],
    ['a__b: { command: [x] }', /mcpServers\.a__b/],
    ['a_: { command: [x] }', /mcpServers\.a_/],
    ['"a.b": { command: [x] }', /mcpServers/],
  ])('refuses { %s }, naming the field and what it must be', (server, reason) => {
    expect(() => load(`mcpServers:\n  ${server}\n`)).toThrow(reason);
  });

  it('refuses a server of which two files name a part each', () => {
    const url = 'mcpServers: { a: { url: "https://a.example" } }';
    expect(() => load('mcpServers: { a: { command: [x] } }', url)).toThrow(
      /mcpServers\.a\.command: exactly one/,
    );
  });
});
