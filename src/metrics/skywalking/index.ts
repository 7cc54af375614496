/** The door of the SkyWalking provider. */
export { skywalkingProvider } from './provider.ts';
