export { configureHttp, httpAdapter, listenHttp } from './http.app.js';
export type { HttpListening } from './http.app.js';
export { HttpModule } from './http.module.js';
export { HttpServerOptions } from './http-options.js';
export { Readiness } from './readiness.js';
export { ROUTES } from './routes.js';
export type { Route } from './routes.js';
