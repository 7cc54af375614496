/** Reads label selectors as clients write them: `app=web,tier in (front, back),!old`. */
import { badRequest, type StatusError } from './status.ts';
import { keyProblems, labelValueProblems } from './validation/names.ts';

export interface Requirement {
  key: string;
  operator: 'exists' | '!' | '=' | '==' | '!=' | 'in' | 'notin' | '<' | '>';
  values: string[];
}

const OPERATORS = ['in', 'notin', '=', '==', '!=', '>', '<'];
const SYMBOLS = ['==', '!=', '=', '!', '(', ')', ',', '<', '>'];
const END = '';

/** Throws BadRequest, in the words of the real server. */
export function readRequirements(text: string): Requirement[] {
  const reader = new Reader(tokensOf(text));
  const requirements: Requirement[] = [];
  while (reader.next !== END) {
    if (reader.isSymbol && reader.next !== '!')
      throw badRequest(`found '${reader.next}', expected: !, identifier, or 'end of string'`);
    requirements.push(reader.requirement());
    const after = reader.take();
    if (after === END) break;
    if (after !== ',') throw badRequest(`found '${after}', expected: ',' or 'end of string'`);
    if (reader.next === END || (reader.isSymbol && reader.next !== '!'))
      throw badRequest(`found '${reader.next}', expected: identifier after ','`);
  }
  return requirements;
}

function tokensOf(text: string): string[] {
  const tokens = text.match(/==|!=|[=!(),<>]|[^=!(),<>\s]+/g) ?? [];
  return [...tokens];
}

function isSymbol(token: string): boolean {
  return SYMBOLS.includes(token);
}

class Reader {
  readonly #tokens: string[];
  #at = 0;

  constructor(tokens: string[]) {
    this.#tokens = tokens;
  }

  get next(): string {
    return this.#tokens[this.#at] ?? END;
  }

  get isSymbol(): boolean {
    return isSymbol(this.next);
  }

  take(): string {
    const token = this.next;
    this.#at += 1;
    return token;
  }

  requirement(): Requirement {
    const isNot = this.next === '!';
    if (isNot) this.take();
    const key = this.take();
    if (key === END || isSymbol(key)) throw unread(`found '${key}', expected: identifier`);
    const badKey = keyProblems(key).join('; ');
    if (badKey !== '') throw unread(`key: Invalid value: ${JSON.stringify(key)}: ${badKey}`);
    if (isNot) return { key, operator: '!', values: [] };
    if (this.next === END || this.next === ',') return { key, operator: 'exists', values: [] };
    const operator = this.take();
    if (!OPERATORS.includes(operator))
      throw unread(`found '${operator}', expected: ${OPERATORS.join(', ')}`);
    const values = operator === 'in' || operator === 'notin' ? this.#values() : [this.#value()];
    const requirement = { key, operator: operator as Requirement['operator'], values };
    check(requirement);
    return requirement;
  }

  #value(): string {
    if (this.next === END || this.next === ',') return '';
    const value = this.take();
    if (isSymbol(value)) throw unread(`found '${value}', expected: identifier`);
    return value;
  }

  #values(): string[] {
    const open = this.take();
    if (open !== '(') throw unread(`found '${open}' expected: '('`);
    if (this.next === ')') {
      this.take();
      return [];
    }
    const values: string[] = [];
    for (;;) {
      const isEmpty = this.next === ',' || this.next === ')';
      const value = isEmpty ? '' : this.take();
      if (value === END && !isEmpty)
        throw unread(`found '${value}', expected: ',', ')' or identifier`);
      values.push(value);
      const after = this.take();
      if (after === ')') return [...new Set(values)];
      if (after !== ',') throw unread(`found '${after}', expected: ',' or ')'`);
    }
  }
}

function check({ key, operator, values }: Requirement): void {
  if ((operator === 'in' || operator === 'notin') && values.length === 0)
    throw unread(
      `values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty`,
    );
  for (const [i, value] of values.entries()) {
    if ((operator === '<' || operator === '>') && !/^[+-]?\d+$/.test(value))
      throw unread(
        `values[${i}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    const bad = labelValueProblems(value).join('; ');
    if (bad !== '')
      throw unread(`values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${bad}`);
  }
}

function unread(why: string): StatusError {
  return badRequest(`unable to parse requirement: ${why}`);
}
