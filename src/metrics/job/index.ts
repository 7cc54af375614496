/** The door of the provider that runs Jobs. */
export { jobProvider } from './provider.ts';
