import { DevicesController } from './devices.controller.js';
import { MemoryController } from './memory.controller.js';
import { PolicyController } from './policy.controller.js';
import { SessionsController } from './sessions.controller.js';
import { TenantsController } from './tenants.controller.js';
import { TokensController } from './tokens.controller.js';
import { UsersController } from './users.controller.js';

/** Who may come in, and what they may do. */
export const PEOPLE_CONTROLLERS = [
  SessionsController,
  MemoryController,
  DevicesController,
  TokensController,
  UsersController,
  TenantsController,
  PolicyController,
] as const;
