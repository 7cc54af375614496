/** The door of the scrape provider. */
export { scrapeProvider, type ScrapeOptions } from './provider.ts';
