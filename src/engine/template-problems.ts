/** What is wrong with a CheckTemplate by itself, as far as that can be known before it is used. */
import { checkProblems } from '../analysis/index.ts';
import { type CheckTemplateSpec, ONLY_ARGUMENT } from '../api/check-template.ts';
import type { Problem } from '../api/problem.ts';
import { declarationProblems, namesIn } from './check-arguments.ts';
import { madeOf } from './check-templates.ts';
import { fitted } from './fitted-check.ts';
import { withoutPreset } from './preset-checks.ts';

const CHECK = 'spec.check';
/** In place of a value that must be given. */
const SOMETHING = 'something';
/** Which Prometheus a preset asks may be for others to say. */
const SOMEWHERE = { address: 'http://prometheus' };

/** Of the kind by itself. What hangs on arguments that must be given, or may stand beside `template`, is for the
 * checks that use it to say. */
export function validateTemplate(spec: CheckTemplateSpec): Problem[] {
  const declared = declarationProblems(spec);
  if (declared.length > 0) return declared;
  const asked = (spec.args ?? []).filter((one) => one.default === undefined);
  const open = new Set(asked.map(({ name }) => name));
  const given = Object.fromEntries([...open].map((name) => [name, SOMETHING]));
  const { said, whole } = madeOf(spec, given);
  const expanded = withoutPreset({ ...said, name: 'check' }, SOMEWHERE);
  const made = 'check' in expanded ? fitted(expanded.check, whole) : expanded;
  const found =
    'check' in made
      ? checkProblems(made.check, CHECK)
      : made.problems.map((one) => ({ ...one, field: `${CHECK}.${one.field}` }));
  return found.filter(({ field }) => isCertain(at(spec.check, field), open));
}

/** It is written, and no value that is still to be given makes it another thing. */
function isCertain(written: unknown, open: ReadonlySet<string>): boolean {
  if (written === undefined) return false;
  if (typeof written === 'string') return !namesIn(written).some((name) => open.has(name));
  if (typeof written !== 'object' || written === null) return true;
  return !Object.values(written).some(
    (one) => typeof one === 'string' && open.has(ONLY_ARGUMENT.exec(one)?.[1] ?? ''),
  );
}

/** What is written at `spec.check.prometheus.total`; of the whole check nothing. */
function at(check: CheckTemplateSpec['check'], field: string): unknown {
  const parts = field
    .slice(CHECK.length)
    .split(/[.[\]]/)
    .filter((part) => part !== '');
  if (parts.length === 0) return undefined;
  return parts.reduce<unknown>(
    (found, part) => (found as Record<string, unknown> | null | undefined)?.[part],
    check,
  );
}
