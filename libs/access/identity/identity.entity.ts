import { AddDeviceCodeNetwork1764000005200 } from './add-device-code-network.migration.js';
import { CreateIdentity1764000005000 } from './create-identity.migration.js';
import { CreateSignInCode1764000005100 } from './create-sign-in-code.migration.js';

/** What makes the tables of people, sessions, devices and tokens, in order. */
export const identityMigrations = [
  CreateIdentity1764000005000,
  CreateSignInCode1764000005100,
  AddDeviceCodeNetwork1764000005200,
];
