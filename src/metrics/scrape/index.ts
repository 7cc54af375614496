/** The door of the scrape provider. */
export { scrapeProvider } from './provider.ts';
