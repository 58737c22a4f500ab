import { z } from 'zod';
import { SilentLogger } from '#contract';
import type { Logger } from '#contract';
import { messageOf } from '#errors';
import { mcpSkillIdOf } from '#registry';
import { aTool } from '../tools/tool.js';
import type { AgentTool } from '../tools/tool.js';
import { McpServer } from './mcp-server.js';
import type { OfferedTool } from './offered.js';
import type { McpServerSettings } from './settings.js';

export type McpServersOptions = Readonly<{
  /** By name. */
  servers: Readonly<Record<string, McpServerSettings>>;
  /** Where the variables are that the servers are given. */
  env: NodeJS.ProcessEnv;
  logger?: Logger | undefined;
  /** How long a tool may take. @default 120000 */
  callMs?: number | undefined;
}>;

/** What servers offer, and why others do not. */
export type McpTools = Readonly<{ tools: readonly AgentTool[]; problems: readonly string[] }>;

const MAX_WHAT_CHARACTERS = 500;

const input = z.record(z.string(), z.unknown());

/** The MCP servers of a worker. One that cannot be used is done without, and said so in the log once a start. */
export class McpServers {
  private readonly servers: ReadonlyMap<string, McpServer>;
  private readonly logger: Logger;
  private readonly logged = new Set<string>();

  constructor({ servers, env, logger = new SilentLogger(), callMs }: McpServersOptions) {
    this.logger = logger;
    this.servers = new Map(
      Object.entries(servers).map(([name, settings]) => [
        name,
        new McpServer({ name, settings, env, callMs }),
      ]),
    );
  }

  /** The tools of the servers whose skills are among these; a server is connected when it is first asked for. */
  async toolsOf(skills: readonly string[], signal: AbortSignal): Promise<McpTools> {
    const wanted = [...this.servers].filter(([name]) => skills.includes(mcpSkillIdOf(name)));
    const found = await Promise.all(wanted.map(([name, server]) => this.toolsOfOne(name, server, signal)));
    return {
      tools: found.flatMap(({ tools }) => tools),
      problems: found.flatMap(({ problems }) => problems),
    };
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.close()));
  }

  private async toolsOfOne(name: string, server: McpServer, signal: AbortSignal): Promise<McpTools> {
    try {
      const { tools, leftOut } = await server.tools(signal);
      if (leftOut > 0)
        this.logOnce(`the MCP server ${name} offers ${leftOut} tools that no model is told of`);
      return { tools: tools.map((tool) => agentTool(name, server, tool)), problems: [] };
    } catch (error) {
      signal.throwIfAborted();
      const problem = messageOf(error);
      this.logOnce(problem, name);
      return { tools: [], problems: [problem] };
    }
  }

  private logOnce(message: string, about: string = message): void {
    if (this.logged.has(about)) return;
    this.logged.add(about);
    this.logger.warn(message);
  }
}

const agentTool = (
  server: string,
  connection: McpServer,
  { name, original, description, schema }: OfferedTool,
): AgentTool => ({
  name,
  skillId: mcpSkillIdOf(server),
  tool: aTool({
    description,
    input,
    schema,
    what: (given) => `${original} ${JSON.stringify(given)}`.slice(0, MAX_WHAT_CHARACTERS).toWellFormed(),
    run: (given, { signal }) => connection.call(original, given, signal),
  }),
});
