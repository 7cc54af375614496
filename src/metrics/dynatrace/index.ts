/** The door of the Dynatrace provider. */
export { dynatraceProvider } from './provider.ts';
