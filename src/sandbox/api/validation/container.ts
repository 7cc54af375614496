/** Validity of what a container is given: variables, amounts of resources, times of probes. */
import { asText, fieldsAt, isFields, numberAt, objectsAt, textAt, type Fields } from '../schema.ts';
import { amountOf } from '../quantity.ts';
import { cause, type Cause } from '../status.ts';

/** Printable ASCII but for the sign between name and value. */
const VARIABLE = /^[ -<>-~]+$/;

export function validateVariables(container: Fields, field: string): Cause[] {
  return objectsAt(container, 'env').flatMap((variable, i) => {
    const at = `${field}.env[${i}]`;
    const name = textAt(variable, 'name');
    const causes: Cause[] = [];
    if (name === '') causes.push(cause.required(`${at}.name`));
    else if (!VARIABLE.test(name))
      causes.push(
        cause.invalid(
          `${at}.name`,
          name,
          "a valid environment variable name must consist only of printable ASCII characters other than '='",
        ),
      );
    if (isFields(variable['valueFrom']) && textAt(variable, 'value') !== '')
      causes.push(
        cause.invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'),
      );
    return causes;
  });
}

export function validateResources(container: Fields, field: string): Cause[] {
  const limits = fieldsAt(container, 'resources', 'limits');
  const requests = fieldsAt(container, 'resources', 'requests');
  const negative = Object.entries({ limits, requests }).flatMap(([member, amounts]) =>
    Object.entries(amounts)
      .filter(([, amount]) => amountOf(asText(amount)) < 0n)
      .map(([name, amount]) =>
        cause.invalid(
          `${field}.resources.${member}[${name}]`,
          asText(amount),
          'must be greater than or equal to 0',
        ),
      ),
  );
  const tooMuch = Object.entries(requests)
    .filter(([name]) => limits[name] !== undefined)
    .filter(([name, amount]) => amountOf(asText(amount)) > amountOf(asText(limits[name])))
    .map(([name, amount]) =>
      cause.invalid(
        `${field}.resources.requests`,
        asText(amount),
        `must be less than or equal to ${name} limit of ${asText(limits[name])}`,
      ),
    );
  return [...negative, ...tooMuch];
}

const TIMES = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
];

export function validateTimes(probe: Fields, field: string): Cause[] {
  return TIMES.flatMap((name) => {
    const value = numberAt(probe, name) ?? 0;
    return value >= 0
      ? []
      : [cause.invalid(`${field}.${name}`, value, 'must be greater than or equal to 0')];
  });
}
