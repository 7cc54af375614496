/** What is asked of a source that knows how to count: one number, or all events and a part of them. */
import * as z from 'zod';

export const query = (description: string) => z.string().max(8192).optional().describe(description);

/** `language` as in `PromQL`. */
export const counting = (language: string) => ({
  query: query(`${language}: one number.`),
  total: query(`${language}: how many events in {{window}}.`),
  bad: query(`${language}: how many of them were bad.`),
  good: query(`${language}: how many of them were good.`),
});

export interface CountQueries {
  query?: string | undefined;
  total?: string | undefined;
  bad?: string | undefined;
  good?: string | undefined;
}

/** What one number is made of where an answer has several points in time. */
export const reduce = z
  .enum(['Last', 'Mean', 'Max', 'Min', 'Sum'])
  .default('Last')
  .describe('What `query` makes of the points in the window. Counts are always added up.');

export type Reduce = z.output<typeof reduce>;

export const sourceAddress = (description: string) =>
  z.string().min(1).max(2048).describe(description);

export const quantile = z
  .string()
  .regex(/^0?\.[0-9]+$/, 'a quantile; write it in quotes, as "0.99"')
  .optional()
  .describe('With `histogram`: the quantile that `max` bounds, "0.99".');

export const histogram = z
  .string()
  .max(8192)
  .optional()
  .describe('A histogram, without `_bucket`.');
