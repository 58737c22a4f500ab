import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { McpServer as Server } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { listen } from '#test/identity/http-server';
import type { ToolContext } from '../tools/tool.js';
import { McpServers } from './mcp-servers.js';
import type { McpServersOptions } from './mcp-servers.js';

/** Starts the server of these specs over stdio (test/mcp-server.mjs). */
export const KIT = {
  command: [process.execPath, fileURLToPath(new URL('../../../test/mcp-server.mjs', import.meta.url))],
};

/** The servers of a worker, closed with the test; `kit` is the one of these specs. */
export function openServers(options: Partial<McpServersOptions> = {}) {
  const servers = new McpServers({ servers: { kit: KIT }, env: process.env, ...options });
  onTestFinished(() => servers.close());
  const signal: ToolContext['signal'] = new AbortController().signal;
  const find = async (name: string) => {
    const { tools, problems } = await servers.toolsOf(['mcp-kit'], signal);
    if (problems.length > 0) throw new Error(problems.join('; '));
    return tools.find((tool) => tool.name === `kit__${name}`);
  };
  /** Uses a tool of the kit, as a model would. */
  const use = async (name: string, input: object = {}, until = signal): Promise<string> => {
    const found = await find(name);
    if (!found) throw new Error(`no tool ${name}`);
    return found.tool.run(input, { signal: until } as never);
  };
  return { servers, signal, find, use };
}

/** A server over streamable HTTP that may be started again: its sessions are gone then. Closed with the test. */
export async function serveHttp(token?: string) {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const seen: (string | undefined)[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    seen.push(`${request.method} ${request.headers.authorization ?? ''}`.trim());
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return response.writeHead(401).end(`who is ${request.headers.authorization}?`);
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (id !== undefined && !known) return response.writeHead(404).end('no such session');
    return (known ?? (await begin(sessions))).handleRequest(request, response);
  };
  const server = await listen(handle);
  onTestFinished(() => server.close());
  return { url: `${server.url}/mcp`, seen, sessions, close: server.close };
}

async function begin(sessions: Map<string, StreamableHTTPServerTransport>) {
  const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  const server = new Server({ name: 'docs', version: '1' });
  server.registerTool('find', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text: `found ${text}` }],
  }));
  await server.connect(transport);
  return transport;
}
