/** The door of the Prometheus provider. */
export { prometheusProvider } from './provider.ts';
