import { describe, expect, it } from 'vitest';
import { assertServerVersion } from './server-version.js';

describe('the version of nats-server', () => {
  it.each(['2.14.5', '2.14.10', '2.15.0', '2.15.0-RC.1', '3.0.0', 'v2.15.1'])(
    'is new enough with %s',
    (version) => {
      expect(() => assertServerVersion(version)).not.toThrow();
    },
  );

  it.each(['2.14.4', '2.10.27', '2.9.25', '1.99.99', '', 'dev'])(
    'is refused as "%s", and the refusal helps',
    (version) => {
      expect(() => assertServerVersion(version)).toThrow(/2\.14\.5 or newer.*docker run nats/s);
    },
  );
});
