/** The door of the InfluxDB provider. */
export { influxdbProvider } from './provider.ts';
