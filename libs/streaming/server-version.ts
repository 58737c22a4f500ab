import { MeshError } from '#errors';

/** The oldest nats-server whose JetStream keeps what we rely on. */
const MIN_NATS_VERSION = '2.14.5';

/** @throws {MeshError} `unsupported`, saying how to get a newer one, for a server older than `MIN_NATS_VERSION` */
export function assertServerVersion(version: string): void {
  if (compareVersions(version, MIN_NATS_VERSION) >= 0) return;
  throw new MeshError(
    'unsupported',
    `nats-server ${version || 'of unknown version'} is too old: ${MIN_NATS_VERSION} or newer is needed (2.15 recommended). ${HOW}`,
    { hint: HOW },
  );
}

const HOW =
  'Get one with "docker run nats:2.15", "brew install nats-server", or a release from github.com/nats-io/nats-server, ' +
  'or point NATS_SERVER_BIN at the binary and start it again.';

/** Numbers decide; a pre-release counts as its release. */
function compareVersions(a: string, b: string): number {
  const [x, y] = [numbers(a), numbers(b)];
  const at = x.findIndex((n, i) => n !== y[i]);
  return at < 0 ? 0 : (x[at] ?? 0) - (y[at] ?? 0);
}

function numbers(version: string): readonly [number, number, number] {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : [0, 0, 0];
}
