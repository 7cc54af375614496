/** The door of the Datadog provider. */
export { datadogProvider } from './provider.ts';
