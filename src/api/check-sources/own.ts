/** Checks that ask other sources which people run themselves. */
import * as z from 'zod';
import { access } from './access.ts';
import { counting, query, reduce, sourceAddress } from './counting.ts';

export const web = z
  .strictObject({
    url: sourceAddress('Asked for JSON; {{hash}} and the like in it are filled in.'),
    method: z.enum(['GET', 'POST']).default('GET').describe('Method.'),
    body: z.string().max(16_384).optional().describe('With POST: the JSON that is sent.'),
    value: query('Where in the answer the one number is: `data.errors[0].rate`.'),
    total: query('Where it says how many events there were.'),
    bad: query('Where it says how many of them were bad.'),
    good: query('Where it says how many of them were good.'),
    ...access,
  })
  .describe('Asks any address for JSON. Either `value`, or `total` with one of `bad` and `good`.');

export const influxdb = z
  .strictObject({
    address: sourceAddress('Base URL of InfluxDB.'),
    database: z.string().min(1).max(253).optional().describe('InfluxQL is asked of this database.'),
    org: z.string().min(1).max(253).optional().describe('Flux is asked, in this organisation.'),
    ...counting('InfluxQL or Flux'),
    ...access,
  })
  .describe('Asks InfluxDB: InfluxQL with `database`, Flux with `org`.');

export const graphite = z
  .strictObject({
    address: sourceAddress('Base URL of Graphite.'),
    ...counting('A target'),
    reduce,
    ...access,
  })
  .describe("Asks Graphite's render API. Counts are the sum of a target's points in the window.");

export const elasticsearch = z
  .strictObject({
    address: sourceAddress('Base URL of Elasticsearch or OpenSearch.'),
    index: z.string().min(1).max(1024).describe('Index, data stream or pattern: `logs-*`.'),
    timeField: z
      .string()
      .min(1)
      .max(253)
      .default('@timestamp')
      .describe('Field by which documents are in the window.'),
    total: query('Lucene query: the documents that are events.'),
    bad: query('Lucene query: those that are bad.'),
    good: query('Lucene query: those that are good.'),
    ...access,
  })
  .describe(
    'Counts documents of Elasticsearch or OpenSearch. `total` with one of `bad` and `good`.',
  );

export const skywalking = z
  .strictObject({
    address: sourceAddress('Base URL of the OAP server, without /graphql.'),
    service: z.string().min(1).max(512).describe('Name of the service; {{...}} is filled in.'),
    instance: z.string().max(512).optional().describe('Name of one instance of it.'),
    endpoint: z.string().max(1024).optional().describe('Name of one endpoint of it.'),
    ...counting('MQE'),
    reduce,
    ...access,
  })
  .describe(
    'Asks SkyWalking (9.5 or later) by its query protocol, with metrics query expressions.',
  );
