import { ApproveDeviceCodeHandler } from './devices/approve-device-code.handler.js';
import { EnrollDeviceHandler } from './devices/enroll-device.handler.js';
import { GetDeviceCodeHandler } from './devices/get-device-code.query.js';
import { ListDevicesHandler } from './devices/list-devices.query.js';
import { RevokeDeviceHandler } from './devices/revoke-device.handler.js';
import { TrustDeviceHandler } from './devices/trust-device.handler.js';
import { CreateTokenHandler } from './machine-tokens/create-token.handler.js';
import { ListTokensHandler } from './machine-tokens/list-tokens.query.js';
import { RevokeTokenHandler } from './machine-tokens/revoke-token.handler.js';
import { DeleteMemoryHandler } from './memory/delete-memory.handler.js';
import { GetMemoryHandler } from './memory/get-memory.query.js';
import { ListMemoryHandler } from './memory/list-memory.query.js';
import { PutMemoryHandler } from './memory/put-memory.handler.js';
import { CreateSessionHandler } from './sessions/create-session.handler.js';
import { EndSessionHandler } from './sessions/end-session.handler.js';
import { ListSessionsHandler } from './sessions/list-sessions.query.js';
import { CreateTenantHandler } from './tenants/create-tenant.handler.js';
import { GetLimitsHandler } from './tenants/get-limits.query.js';
import { ListTenantsHandler } from './tenants/list-tenants.query.js';
import { SetLimitsHandler } from './tenants/set-limits.handler.js';
import { ChangeUserHandler } from './users/change-user.handler.js';
import { CreateUserHandler } from './users/create-user.handler.js';
import { GetUserRolesHandler } from './users/get-user-roles.query.js';
import { GetUserHandler } from './users/get-user.query.js';
import { ListUsersHandler } from './users/list-users.query.js';
import { ResetPasswordHandler } from './users/reset-password.handler.js';
import { SetUserRolesHandler } from './users/set-user-roles.handler.js';

/** Who answers the requests about people and their things. */
export const identityHandlers = [
  ApproveDeviceCodeHandler,
  EnrollDeviceHandler,
  GetDeviceCodeHandler,
  ListDevicesHandler,
  RevokeDeviceHandler,
  TrustDeviceHandler,
  CreateTokenHandler,
  ListTokensHandler,
  RevokeTokenHandler,
  DeleteMemoryHandler,
  GetMemoryHandler,
  ListMemoryHandler,
  PutMemoryHandler,
  CreateSessionHandler,
  EndSessionHandler,
  ListSessionsHandler,
  CreateTenantHandler,
  GetLimitsHandler,
  ListTenantsHandler,
  SetLimitsHandler,
  ChangeUserHandler,
  CreateUserHandler,
  GetUserRolesHandler,
  GetUserHandler,
  ListUsersHandler,
  ResetPasswordHandler,
  SetUserRolesHandler,
] as const;
