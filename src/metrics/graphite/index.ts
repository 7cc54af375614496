/** The door of the Graphite provider. */
export { graphiteProvider } from './provider.ts';
