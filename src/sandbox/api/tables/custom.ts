/** The columns a CRD declares: `additionalPrinterColumns`, read by a small JSONPath. */
import type { KubeObject } from '../../../api/object.ts';
import type { Column, TableShape } from '../resource.ts';
import { isFields, textAt, type Fields } from '../schema.ts';
import { age, since } from './format.ts';

export function customTable(declared: Fields[]): TableShape {
  const name: Column = { name: 'Name', type: 'string', format: 'name' };
  if (declared.length === 0)
    return {
      columns: [name, { name: 'Age', type: 'date' }],
      cells: (object, nowMs) => [object.metadata.name, age(object, nowMs)],
    };
  const readers = declared.map((column) => cellReader(column));
  return {
    columns: [name, ...declared.map(columnOf)],
    cells: (object, nowMs) => [object.metadata.name, ...readers.map((read) => read(object, nowMs))],
  };
}

function columnOf(column: Fields): Column {
  return {
    name: textAt(column, 'name'),
    type: textAt(column, 'type'),
    format: textAt(column, 'format'),
    description: textAt(column, 'description'),
    priority: typeof column['priority'] === 'number' ? column['priority'] : 0,
  };
}

function cellReader(column: Fields): (object: KubeObject, nowMs: number) => unknown {
  const read = jsonPath(textAt(column, 'jsonPath'));
  const type = textAt(column, 'type');
  return (object, nowMs) => {
    const found = read(object);
    if (found.length === 0 || found[0] === null) return type === 'string' ? '' : null;
    const value = found[0];
    if (type === 'date') return since(value, nowMs);
    if (type !== 'string') return value;
    const texts = found.map((one) => (typeof one === 'object' ? JSON.stringify(one) : String(one)));
    return texts.join(',');
  };
}

type Step = (value: unknown) => unknown[];

/** `.spec.stages[0].weight`, `.metadata.annotations['a\.b']`, `.status.conditions[?(@.type=="Ready")].status`. */
export function jsonPath(path: string): (object: unknown) => unknown[] {
  const steps: Step[] = [];
  let rest = path
    .trim()
    .replace(/^\{|\}$/g, '')
    .replace(/^\$/, '');
  while (rest !== '') {
    const [length, step] = nextStep(rest);
    steps.push(step);
    rest = rest.slice(length);
  }
  return (object) => steps.reduce<unknown[]>((values, step) => values.flatMap(step), [object]);
}

function member(name: string): Step {
  return (value) => (isFields(value) && value[name] !== undefined ? [value[name]] : []);
}

function nextStep(rest: string): [length: number, step: Step] {
  const filter = /^\[\?\(@\.([\w.-]+)\s*==\s*(?:"([^"]*)"|'([^']*)'|([\w.]+))\)\]/.exec(rest);
  if (filter !== null) {
    const [all, name = '', double, single, bare] = filter;
    const wanted = double ?? single ?? bare ?? '';
    const read = jsonPath(`.${name}`);
    return [
      all.length,
      (value) =>
        Array.isArray(value) ? value.filter((one) => String(read(one)[0]) === wanted) : [],
    ];
  }
  const quoted = /^\.?\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/.exec(rest);
  if (quoted !== null)
    return [quoted[0].length, member((quoted[1] ?? quoted[2] ?? '').replaceAll(/\\(.)/g, '$1'))];
  const index = /^\[(-?\d+|\*)\]/.exec(rest);
  if (index !== null) {
    const which = index[1];
    const step: Step = (value) => {
      if (!Array.isArray(value)) return [];
      if (which === '*') return value as unknown[];
      const found: unknown = value.at(Number(which));
      return found === undefined ? [] : [found];
    };
    return [index[0].length, step];
  }
  const plain = /^\.((?:[^.[\\]|\\.)*)/.exec(rest);
  if (plain === null || plain[0].length === 0) return [rest.length, () => []];
  const name = (plain[1] ?? '').replaceAll(/\\(.)/g, '$1');
  return [plain[0].length, name === '' ? (value) => [value] : member(name)];
}
