// Asks the keeper of this run for a service by name and prints its answer; a program, so that it can be waited for in line.
import { connect } from 'node:net';

const [path, name] = process.argv.slice(2);
const socket = connect(path, () => socket.write(`${name}\n`));
socket.pipe(process.stdout);
socket.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
