/** The door of the provider that asks the metrics APIs of the cluster. */
export { kubernetesProvider } from './provider.ts';
