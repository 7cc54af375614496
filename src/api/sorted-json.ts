/** The same JSON value with the keys of every object in order, as an API server answers with custom resources,
 * whatever the order they were written in. */
export function sortedJson<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(sortedJson) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).toSorted() as (keyof Value & string)[];
  return Object.fromEntries(keys.map((key) => [key, sortedJson(value[key])])) as Value;
}
