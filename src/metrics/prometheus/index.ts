/** The door of the Prometheus provider. */
export { prometheusProvider, type PrometheusOptions } from './provider.ts';
