/** The door of the Elasticsearch provider. */
export { elasticsearchProvider } from './provider.ts';
