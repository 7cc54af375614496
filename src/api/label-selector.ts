/** Label selectors, as `metav1.LabelSelector` and as a Service's plain map. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: Requirement[];
}

export interface Requirement {
  key: string;
  operator: string;
  values?: string[];
}

type Labels = Record<string, string> | undefined;

/** True when the labels carry every pair of the map. */
export function matchesMap(map: Record<string, string>, labels: Labels): boolean {
  return Object.entries(map).every(([key, value]) => labels?.[key] === value);
}

type Test = (value: string | undefined, values: string[]) => boolean;

const OPERATORS: Record<string, Test> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
  Gt: (value, values) => Number(value) > Number(values[0]),
  Lt: (value, values) => Number(value) < Number(values[0]),
};

/** One requirement of a selector; an operator that is not known matches nothing. */
export function matchesExpression(expression: Requirement, labels: Labels): boolean {
  const test = OPERATORS[expression.operator];
  return test?.(labels?.[expression.key], expression.values ?? []) ?? false;
}

/** One that is absent or empty selects nothing here: workload controllers refuse it, and a Service with
 * none has no pods. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  const map = selector?.matchLabels ?? {};
  const expressions = selector?.matchExpressions ?? [];
  if (Object.keys(map).length === 0 && expressions.length === 0) return false;
  return matchesMap(map, labels) && expressions.every((e) => matchesExpression(e, labels));
}
