export { connect } from './connect.js';
export type { ConnectOptions } from './connect.js';
export { authorize } from '#transports/http/client';
