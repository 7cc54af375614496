/** The Kubernetes client behind the ports. */
export { type ClusterDeps, clusterOver, connect } from './cluster.ts';
export { type ClusterConfig, type LoadOptions, loadKubeconfig } from './kubeconfig.ts';
export { type Credentials, type CredentialsProvider } from './credentials.ts';
export { KubeconfigError } from './kubeconfig-file.ts';
export { type LogLevel, type LogOptions, createLog } from './logger.ts';
export { LEASE_TIMES, LeaseElection, type LeaseTimes } from './lease.ts';
export { guardWrites } from './write-guard.ts';
export { steadyClock, systemClock } from './system-clock.ts';
