import { describe, expect, it } from 'vitest';
import { AgentRegistry, modelAgentsOf } from './agent-registry.js';

const MODEL_AGENTS = [
  'code-creator',
  'code-reviewer',
  'test-generator',
  'bug-analyzer',
  'refactor-agent',
  'documentation-agent',
  'architecture-advisor',
];
const ALL = ['shell', 'echo', ...MODEL_AGENTS];

const told = (id: string) => ({ id, name: id, description: 'd', capabilities: ['diff'] });

describe('the agent registry', () => {
  it('knows the built-in agents unless told otherwise', () => {
    expect(new AgentRegistry().list().map(({ id }) => id)).toEqual(ALL);
  });

  it('knows only the agents that are enabled', () => {
    const registry = new AgentRegistry({ agents: ['echo'] });
    expect([registry.has('echo'), registry.has('shell')]).toEqual([true, false]);
    expect(registry.require('echo').name).toBe('Echo');
  });

  it.each(['nobody', 'toString', '__proto__'])('says which agents it knows when asked for %s', (id) => {
    expect(new AgentRegistry().has(id)).toBe(false);
    expect(() => new AgentRegistry().require(id)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: `there is no agent "${id}"; known: ${ALL.join(', ')}`,
        details: { field: 'agentId', hint: expect.stringContaining('`coderclaw agents list`') },
      }),
    );
  });

  it('gives tasks that name no agent to the shell, or to whom it is told', () => {
    expect(new AgentRegistry().defaultAgent).toBe('shell');
    expect(new AgentRegistry({ defaultAgent: 'echo' }).defaultAgent).toBe('echo');
  });

  it('refuses to enable an agent that does not exist', () => {
    expect(() => new AgentRegistry({ agents: ['ghost'] })).toThrow('there is no agent "ghost"');
  });

  it('lists the skills that the enabled agents declare', () => {
    expect(new AgentRegistry({ agents: ['shell'] }).listSkills()).toMatchObject([
      { id: 'shell-exec', dangerous: true },
    ]);
    const dangerous = new AgentRegistry().listSkills().filter((skill) => skill.dangerous);
    expect(dangerous.map(({ id }) => id)).toEqual(['shell-exec']);
    expect(new AgentRegistry({ agents: ['echo'] }).listSkills()).toEqual([]);
  });

  it('tells a policy which skills an agent declares, and nothing of one it does not know', () => {
    const registry = new AgentRegistry();
    const shell = { agentId: 'shell', skills: [{ id: 'shell-exec', dangerous: true }] };
    expect(registry.policyFacts()).toEqual(shell);
    expect(registry.policyFacts('echo')).toEqual({ agentId: 'echo', skills: [] });
    expect(registry.policyFacts('__proto__')).toEqual({ agentId: '__proto__', skills: [] });
  });

  it('has instructions of their own for each model agent, and tools that change nothing for who only advises', () => {
    const agents = modelAgentsOf(ALL);
    expect(agents.map(({ id }) => id)).toEqual(MODEL_AGENTS);
    expect(new Set(agents.map(({ instructions }) => instructions)).size).toBe(MODEL_AGENTS.length);
    const changing = agents.filter(({ skills }) => skills.some((id) => /edit|exec/.test(id)));
    expect(changing.map(({ id }) => id)).toEqual([
      'code-creator',
      'test-generator',
      'refactor-agent',
      'documentation-agent',
    ]);
  });

  it('has each MCP server as a dangerous skill of the model agents that it is given to', () => {
    const mcpServers = { github: { agents: ['code-reviewer'] }, docs: {} };
    const registry = new AgentRegistry({ mcpServers });
    expect(registry.policyFacts('code-reviewer').skills.slice(-2)).toEqual([
      { id: 'mcp-github', dangerous: true },
      { id: 'mcp-docs', dangerous: true, optional: true },
    ]);
    const idsOf = (agent: string) => registry.policyFacts(agent).skills.map(({ id }) => id);
    expect([idsOf('bug-analyzer').at(-1), idsOf('shell')]).toEqual(['mcp-docs', ['shell-exec']]);
    expect(idsOf('bug-analyzer')).not.toContain('mcp-github');
    expect(registry.listSkills()).toContainEqual(
      expect.objectContaining({ id: 'mcp-github', name: 'MCP server github', dangerous: true }),
    );
    expect(modelAgentsOf(['bug-analyzer'], { mcpServers })[0]?.skills).toEqual(idsOf('bug-analyzer'));
  });

  it.each(['nobody', 'shell'])('refuses to give an MCP server to %s, who is no model agent', (agent) => {
    const mcpServers = { github: { agents: [agent] } };
    expect(() => new AgentRegistry({ agents: ['shell', 'code-reviewer'], mcpServers })).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: `mcpServers.github.agents: there is no model agent "${agent}"; known: code-reviewer`,
        details: { field: 'mcpServers.github.agents' },
      }),
    );
  });

  it('refuses a model agent where no model is configured, naming the setting to add, and no other', () => {
    const registry = new AgentRegistry({ noModels: 'set OPENAI_API_KEY' });
    expect(registry.requireReady('shell').id).toBe('shell');
    expect(() => registry.requireReady('code-reviewer')).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        details: { field: 'agentId', hint: 'set OPENAI_API_KEY' },
      }),
    );
    expect(new AgentRegistry().requireReady('code-reviewer').id).toBe('code-reviewer');
  });

  describe('with agents that the configuration adds', () => {
    const poet = {
      ...told('poet'),
      executor: 'model',
      instructions: 'Rhyme.',
      skills: ['read-file', 'mcp-docs'],
    } as const;
    const claude = {
      ...told('claude'),
      executor: 'acp',
      command: ['npx', 'claude-code-acp'],
      env: ['KEY'],
      skills: ['shell-exec'],
    } as const;
    const hook = { ...told('hook'), executor: 'http', url: 'https://a.example', skills: [] } as const;
    const custom = [poet, claude, hook];

    it('lists them after the built-in ones, without their settings', () => {
      expect(new AgentRegistry({ custom }).list().slice(ALL.length)).toEqual(
        ['poet', 'claude', 'hook'].map((id) => told(id)),
      );
      const some = new AgentRegistry({ agents: ['hook', 'echo'], custom });
      expect(some.list().map(({ id }) => id)).toEqual(['hook', 'echo']);
      expect(() => some.require('poet')).toThrow('there is no agent "poet"; known: hook, echo');
    });

    it('tells a policy their skills, of which those that nobody knows are dangerous', () => {
      const registry = new AgentRegistry({ custom });
      expect(registry.policyFacts('poet').skills).toEqual([
        { id: 'read-file', dangerous: false },
        { id: 'mcp-docs', dangerous: true },
      ]);
      expect(registry.policyFacts('claude').skills).toEqual([{ id: 'shell-exec', dangerous: true }]);
      expect(registry.policyFacts('hook').skills).toEqual([]);
      const skills = new AgentRegistry({ agents: ['claude', 'hook'], custom }).listSkills();
      expect(skills.map(({ id }) => id)).toEqual(['shell-exec']);
    });

    it('gives MCP servers to those that are models', () => {
      const mcpServers = { docs: {}, github: { agents: ['poet'] } };
      const registry = new AgentRegistry({ custom, mcpServers });
      const idsOf = (agent: string) => registry.policyFacts(agent).skills.map(({ id }) => id);
      expect(idsOf('poet')).toEqual(['read-file', 'mcp-docs', 'mcp-github']);
      expect([idsOf('claude'), idsOf('hook')]).toEqual([['shell-exec'], []]);
      expect(modelAgentsOf(['poet'], { custom, mcpServers })[0]?.skills).toEqual(idsOf('poet'));
    });

    it('refuses those that are models where no model is configured, and no others', () => {
      const registry = new AgentRegistry({ custom, noModels: 'set OPENAI_API_KEY' });
      expect(() => registry.requireReady('poet')).toThrow('the agent "poet" needs a model');
      expect([registry.requireReady('claude').id, registry.requireReady('hook').id]).toEqual([
        'claude',
        'hook',
      ]);
    });

    it('gives a worker the models among them that are enabled', () => {
      expect(modelAgentsOf(['poet', 'claude', 'shell'], { custom })).toMatchObject([
        { id: 'poet', instructions: 'Rhyme.', skills: ['read-file', 'mcp-docs'] },
      ]);
      expect(modelAgentsOf(['shell'], { custom })).toEqual([]);
    });
  });
});
