/** A server of the Model Context Protocol over stdio: each tool does something that a server may do. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const server = new McpServer({ name: 'kit', version: '1' });
const text = (said) => ({ content: [{ type: 'text', text: said }] });

server.registerTool('echo', { description: 'Says it again', inputSchema: { text: z.string() } }, (input) =>
  text(`you said ${input.text}`),
);
server.registerTool('environment', {}, () => text(JSON.stringify(process.env)));
server.registerTool('huge', {}, () => text('x'.repeat(200_000)));
server.registerTool('flood', {}, () => text('x'.repeat(9 * 1024 * 1024)));
server.registerTool('die', {}, () => process.exit(3));
server.registerTool('pid', {}, () => text(String(process.pid)));
server.registerTool('refuse', {}, () => ({ ...text('no such issue'), isError: true }));
server.registerTool('draw', {}, () => ({
  content: [
    { type: 'image', data: Buffer.from('12345').toString('base64'), mimeType: 'image/png' },
    { type: 'resource', resource: { uri: 'file:///a', text: 'of a' } },
  ],
}));
/** Leaves a process of its own session behind. */
server.registerTool('leave', {}, () => {
  const left = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  left.unref();
  return text(String(left.pid));
});
server.registerTool('hang', { inputSchema: { mark: z.string() } }, ({ mark }) => {
  writeFileSync(mark, 'begun');
  return new Promise(() => {});
});

process.stdout.write('a line that is no message\n');
if (process.env.LINGERS) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 60_000);
}
await server.connect(new StdioServerTransport());
