/** The Kubernetes client behind the ports. */
export { type ClusterDeps, clusterOver, connect } from './cluster.ts';
export { type ClusterConfig, type LoadOptions, loadKubeconfig } from './kubeconfig.ts';
export { type Credentials, type CredentialsProvider } from './credentials.ts';
export { KubeconfigError } from './kubeconfig-file.ts';
export { type LogLevel, type LogOptions, createLog } from './logger.ts';
export { systemClock } from './system-clock.ts';
