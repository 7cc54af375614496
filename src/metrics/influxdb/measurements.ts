/** Measurements that queries name, and those that there are. */
import * as z from 'zod';

const NAME = String.raw`(?:"(?:[^"\\]|\\.)*"|\w+)`;
/** After FROM: a name, or one with its retention policy and its database before it (`db..name`). */
const FROM = new RegExp(String.raw`\bFROM\s+(?:${NAME}?\.){0,2}(${NAME})`, 'gi');
const MEASUREMENT = /\b_measurement\s*==\s*"([^"]*)"|\["_measurement"\]\s*==\s*"([^"]*)"/g;
const BUCKET = /\bfrom\s*\(\s*bucket\s*:\s*"([^"]*)"/;

/** Of InfluxQL; not those that a pattern names. */
export function measurementsOfInfluxql(query: string): string[] {
  return [...query.matchAll(FROM)].map(([, name = '']) =>
    name.startsWith('"') ? name.slice(1, -1).replaceAll(/\\(.)/g, '$1') : name,
  );
}

export function measurementsOfFlux(query: string): string[] {
  return [...query.matchAll(MEASUREMENT)].map(([, dotted, indexed = '']) => dotted ?? indexed);
}

export function bucketOf(query: string): string | undefined {
  return BUCKET.exec(query)?.[1];
}

/** https://docs.influxdata.com/influxdb/v1/query_language/explore-schema/#show-measurements */
export const SHOW_MEASUREMENTS = 'SHOW MEASUREMENTS';

/** https://docs.influxdata.com/flux/v0/stdlib/influxdata/influxdb/schema/measurements/ */
export function listMeasurements(bucket: string): string {
  return `import "influxdata/influxdb/schema"\n\nschema.measurements(bucket: ${JSON.stringify(bucket)})`;
}

const shape = z.object({
  results: z.array(
    z.object({ series: z.array(z.object({ values: z.array(z.tuple([z.string()])) })).optional() }),
  ),
});

/** What it answered to `SHOW MEASUREMENTS`. @throws what `JSON.parse` throws */
export function shownMeasurements(text: string): string[] | undefined {
  const found = shape.safeParse(JSON.parse(text));
  if (!found.success) return undefined;
  return found.data.results.flatMap(({ series = [] }) =>
    series.flatMap(({ values }) => values.map(([name]) => name)),
  );
}
