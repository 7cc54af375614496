/** The door of the CloudWatch provider. */
export { cloudWatchProvider } from './provider.ts';
