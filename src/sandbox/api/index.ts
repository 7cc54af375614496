/** The sandbox's Kubernetes API server. */
export { startApiServer, type ApiServer } from './server.ts';
export { serviceAccountUser } from './access/tokens.ts';
