/** CheckTemplates in the same files as the checks that use them. */
import { type CheckTemplateSpec, checkTemplateSpecSchema } from '../api/check-template.ts';
import { specSchema } from '../api/crd.ts';
import { KINDS } from '../api/group.ts';
import { formatProblem, type Problem } from '../api/problem.ts';
import type { Templates } from '../engine/check-templates.ts';
import { validateTemplate } from '../engine/template-problems.ts';
import { type Fault, parseField, problemFault, REPORT, structureFaults } from './schema-faults.ts';
import { type Found, isBeside, metadataOf, type Told, told } from './written-objects.ts';

export interface WrittenTemplate {
  found: Found;
  name: string;
  /** Undefined where it cannot be read at all. */
  spec: CheckTemplateSpec | undefined;
  /** What is wrong with it by itself. */
  problems: Problem[];
}

export function readTemplate(found: Found): WrittenTemplate {
  const { name } = metadataOf(found);
  const { data: spec } = checkTemplateSpecSchema.safeParse(found.object['spec']);
  return { found, name: String(name), spec, problems: spec ? validateTemplate(spec) : [] };
}

export function templateFaults({ spec }: Record<string, unknown>): Fault[] {
  const parsed = checkTemplateSpecSchema.safeParse(spec, REPORT);
  if (!parsed.success) return structureFaults(parsed.error, specSchema(KINDS.checkTemplate.kind));
  return validateTemplate(parsed.data).map(problemFault);
}

/** For the checks of one object: those beside it in the files, and then those of the cluster. */
export class TemplatesBeside {
  readonly #beside: WrittenTemplate[];
  readonly #stored: Templates;

  constructor(written: readonly WrittenTemplate[], found: Found, stored: Templates) {
    this.#beside = written.filter((one) => isBeside(one.found, found));
    this.#stored = stored;
  }

  readonly read: Templates = (name) => {
    const written = this.#beside.find((one) => one.name === name);
    if (!written) return this.#stored(name);
    if (written.spec) return { spec: written.spec };
    return { message: `CheckTemplate ${name} cannot be read`, fix: 'correct it first' };
  };

  /** It is a fault of the template by itself, which is told of that. */
  tells({ field, message }: Problem): boolean {
    const { template, at } = this.#at(field);
    return (template?.problems ?? []).some(
      (one) => one.field === at && message.startsWith(one.message),
    );
  }

  /** Where a problem is whose field names one; undefined where it names none, or one of the cluster. */
  place(problem: Problem): Told | undefined {
    const { template, at } = this.#at(problem.field);
    const text = formatProblem(problem);
    return template && told(template.found, { path: parseField(at), text });
  }

  #at(field: string): { template?: WrittenTemplate | undefined; at: string } {
    const [, name, at = ''] = OF_TEMPLATE.exec(field) ?? [];
    return { template: this.#beside.find((one) => one.name === name), at };
  }
}

const OF_TEMPLATE = new RegExp(`^${KINDS.checkTemplate.kind} ([^ ]+): (.*)$`);

/** The field of a problem is in an object of the cluster. */
export function isOfTemplate({ field }: Problem): boolean {
  return OF_TEMPLATE.test(field);
}
