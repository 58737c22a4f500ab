import type { Verb } from '../verb.js';
import { deviceEnroll } from './device-enroll.js';
import { deviceList } from './device-list.js';
import { deviceRevoke } from './device-revoke.js';
import { deviceTrust } from './device-trust.js';

export const device: Verb = (program, verbs) => {
  const group = program
    .command('device')
    .description('enrolled keys of machines, and what is thought of them');
  deviceEnroll(group, verbs);
  deviceList(group, verbs);
  deviceTrust(group, verbs);
  deviceRevoke(group, verbs);
};
