import { CreateIdentity1764000005000 } from './create-identity.migration.js';

/** What makes the tables of people, sessions, devices and tokens, in order. */
export const identityMigrations = [CreateIdentity1764000005000];
