export { configureHttp, httpAdapter, listenHttp } from './http.app.js';
export type { HttpListening } from './http.app.js';
export { HttpModule } from './http.module.js';
export { Readiness } from './readiness.js';
