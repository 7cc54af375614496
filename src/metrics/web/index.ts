/** The door of the web provider. */
export { webProvider } from './provider.ts';
