/** The sandbox's Kubernetes API server. */
export { startApiServer, type ApiServer, type ApiServerOptions } from './server.ts';
export type { UserInfo } from './backend.ts';
export { serviceAccountUser } from './access/tokens.ts';
