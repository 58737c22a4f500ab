import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { connect, createServer } from 'node:net';

/*
 * Runs inside a box whose one way out is a Unix socket: carries what programs there send to a proxy on a port, to that
 * socket, for as long as the command runs. `node forwarder.mjs <port> <socket> -- <command …>`
 */
const [port, way = '', , program = '', ...argv] = process.argv.slice(2);
const SIGNAL_BASE = 128;

const server = createServer((inner) => {
  const outer = connect(way);
  inner.pipe(outer).pipe(inner);
  const end = () => {
    inner.destroy();
    outer.destroy();
  };
  for (const socket of [inner, outer]) socket.on('error', end).on('close', end);
});

server.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(program, argv, { stdio: ['inherit', 'inherit', 'inherit', 'inherit'] });
  child.once('error', () => process.exit(127));
  child.once('exit', (code, signal) => {
    process.exit(code ?? SIGNAL_BASE + (signal ? constants.signals[signal] : 0));
  });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}); // the command’s to answer
