/** The door of the New Relic provider. */
export { newRelicProvider } from './provider.ts';
