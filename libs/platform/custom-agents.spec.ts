import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isMeshError } from '#errors';
import { loadConfig } from './load-config.js';

describe('agents that a configuration adds', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-agents-'));
    mkdirSync(join(folder, '.coderClaw'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const load = (text: string) => {
    writeFileSync(join(folder, '.coderClaw', 'runtime.yaml'), text);
    return loadConfig({ cwd: folder, home: join(folder, 'nobody'), env: {} });
  };
  const refusal = (text: string) => {
    try {
      load(text);
    } catch (error) {
      if (isMeshError(error, 'invalid_request')) return error;
      throw error;
    }
    throw new Error('was not refused');
  };

  it('are complete with their defaults, beside the built-in ones', () => {
    const { agents, customAgents } = load(`
customAgents:
  - { id: claude, name: Claude, executor: acp, command: [npx, claude-code-acp], env: [KEY], skills: [read-file] }
  - { id: poet, executor: model, instructions: Rhyme., capabilities: [verse] }
  - { id: hook, executor: http, url: "https://agent.example/tasks", secretFile: secrets/hook, description: d }
`);
    expect(agents.slice(-4)).toEqual(['architecture-advisor', 'claude', 'poet', 'hook']);
    const nothing = { description: '', capabilities: [], skills: [] };
    expect(customAgents).toEqual([
      {
        ...nothing,
        id: 'claude',
        name: 'Claude',
        executor: 'acp',
        command: ['npx', 'claude-code-acp'],
        env: ['KEY'],
        skills: ['read-file'],
      },
      {
        ...nothing,
        id: 'poet',
        name: 'poet',
        executor: 'model',
        instructions: 'Rhyme.',
        capabilities: ['verse'],
      },
      {
        ...nothing,
        id: 'hook',
        name: 'hook',
        executor: 'http',
        url: 'https://agent.example/tasks',
        secretFile: join(folder, 'secrets', 'hook'),
        description: 'd',
      },
    ]);
  });

  it('are enabled by being there, whatever `agents` chooses of the built-in ones', () => {
    const one = 'customAgents: [{ id: a, executor: model, instructions: x }]\n';
    expect(load(`${one}agents: [echo]\ndefaultAgent: a\n`)).toMatchObject({
      agents: ['echo', 'a'],
      defaultAgent: 'a',
    });
    expect(load(`${one}agents: [a, echo]\ndefaultAgent: a\n`).agents).toEqual(['a', 'echo']);
  });

  const HTTP = 'executor: http, url: "https://a.example"';
  const MODEL = 'executor: model, instructions: x';
  it.each([
    ['executor: grpc', 'executor', /"model"\|"acp"\|"http", got "grpc"/],
    [`${HTTP}, command: [x]`, 'command', /only of executor acp, and this one is http: remove it/],
    [`${HTTP}, skills: [read-file]`, 'skills', /only of executor model and acp/],
    [`${MODEL}, url: "https://a.example"`, 'url', /only of executor http.*, got "https:\/\/a.example"/],
    [`${MODEL}, secretFile: hunter2`, 'secretFile', /only of executor http[^"]*$/],
    ['executor: http', 'url', /is needed for executor http: where its tasks are posted to, e\.g\. https:/],
    ['executor: acp', 'command', /is needed for executor acp: what is started, e\.g\. \[npx/],
    ['executor: model', 'instructions', /is needed for executor model/],
    ['executor: model, instructions: " "', 'instructions', /must not be empty/],
    ['executor: acp, command: [""]', 'command', /must begin with a program/],
    ['executor: acp, command: []', 'command', />=1/],
    ['executor: acp, command: npx claude', 'command', /expected array.*, got "npx claude"/],
    ['executor: acp, command: [x], env: [A=b]', 'env.0', /must be the name of a variable, without its value/],
    ['executor: http, url: "http://agent.example"', 'url', /must be an https address/],
    ['executor: http, url: "https://me:pw@agent.example"', 'url', /must be an https address.*without user/],
    [
      `${MODEL}, skills: [read-file, fly]`,
      'skills.1',
      /there is no skill "fly"; known: read-file, list-files/,
    ],
    [`${MODEL}, skills: [read-file, read-file]`, 'skills', /must name each only once/],
    [`${MODEL}, model: gpt`, 'model', /there is no such key/],
  ])('refuse %j, naming the field, what was there and the way out', (text, field, message) => {
    const { details } = refusal(`customAgents:\n  - { id: mine, ${text} }\n`);
    const problem = details.problems?.find((one) => one.field === `customAgents.0.${field}`);
    expect(problem?.message).toMatch(message);
  });

  it.each([
    ['shell', 'is the id of a built-in agent: choose another, got "shell"'],
    ['mine', 'is the id of another custom agent: choose another, or remove one, got "mine"'],
    ['no spaces', 'must be 1–128 of letters, digits, "-" and "_", got "no spaces"'],
  ])('refuse the id %j', (id, message) => {
    const agents = ['mine', id].map((each) => `{ id: ${each}, ${MODEL} }`).join(', ');
    const { details } = refusal(`customAgents: [${agents}]\n`);
    expect(details.problems).toEqual([
      { field: 'customAgents.1.id', message: expect.stringContaining(`runtime.yaml:1:`) },
    ]);
    expect(details.problems?.[0]?.message).toContain(message);
  });
});
