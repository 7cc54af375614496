/** The columns a CRD declares: `additionalPrinterColumns`, read by a small JSONPath. */
import type { KubeObject } from '../../../api/object.ts';
import type { Column, TableShape } from '../resource.ts';
import { asText, isFields, textAt, type Fields } from '../schema.ts';
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
    const texts = found.map((one) => (typeof one === 'object' ? JSON.stringify(one) : asText(one)));
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

/** The pieces a path is made of, each with how it is walked. */
const PIECES: [pattern: RegExp, step: (match: RegExpExecArray) => Step][] = [
  [
    /^\[\?\(@\.([\w.-]+)\s*==\s*(?:"([^"]*)"|'([^']*)'|([\w.]+))\)\]/,
    ([, name, double, single, bare]) => {
      const read = jsonPath(`.${name}`);
      const wanted = double ?? single ?? bare ?? '';
      return (value) =>
        Array.isArray(value) ? value.filter((one) => asText(read(one)[0]) === wanted) : [];
    },
  ],
  [
    /^\.?\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/,
    ([, single, double]) => member(unescaped(single ?? double ?? '')),
  ],
  [/^\[\*\]/, () => (value) => (Array.isArray(value) ? (value as unknown[]) : [])],
  [
    /^\[(-?\d+)\]/,
    ([, index]) =>
      (value) => {
        const found: unknown = Array.isArray(value) ? value.at(Number(index)) : undefined;
        return found === undefined ? [] : [found];
      },
  ],
  [/^\.$/, () => (value) => [value]],
  [/^\.((?:[^.[\\]|\\.)+)/, ([, name = '']) => member(unescaped(name))],
];

function unescaped(name: string): string {
  return name.replaceAll(/\\(.)/g, '$1');
}

/** What cannot be read finds nothing. */
function nextStep(rest: string): [length: number, step: Step] {
  for (const [pattern, step] of PIECES) {
    const match = pattern.exec(rest);
    if (match !== null) return [match[0].length, step(match)];
  }
  return [rest.length, () => []];
}
