/** What a rule of an HTTPRoute matches, and which of several matches goes first: pure. */
import type { MatchSpec, StringMatch } from './objects.ts';

/** A request as rules see it. */
export interface RequestView {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
}

export interface Match {
  /** For prefix matches, what a rewrite may replace. */
  prefix: string | undefined;
  rank: Rank;
  test(request: RequestView): boolean;
}

/** Compared in this order, the greater goes first. */
interface Rank {
  /** Exact before RegularExpression before PathPrefix; all of gRPC before them. */
  pathType: number;
  pathLength: number;
  method: number;
  headers: number;
  queryParams: number;
}

type Test = (request: RequestView) => boolean;

const MATCH_ALL: MatchSpec = { path: { type: 'PathPrefix', value: '/' } };

/** The matches of a rule; throws an Error that says what in them is not supported. */
export function compileMatches(specs: MatchSpec[] | undefined): Match[] {
  return (specs?.length ? specs : [MATCH_ALL]).map(compileMatch);
}

function compileMatch({ path = {}, method, headers = [], queryParams = [] }: MatchSpec): Match {
  const { type = 'PathPrefix', value = '/' } = path;
  const tests: Test[] = [
    pathTest(type, value),
    ...(method ? [methodTest(method)] : []),
    ...headers.map(headerTest),
    ...queryParams.map(queryTest),
  ];
  return {
    prefix: type === 'PathPrefix' ? value : undefined,
    rank: {
      pathType: ['PathPrefix', 'RegularExpression', 'Exact'].indexOf(type),
      pathLength: value.length,
      method: method ? 1 : 0,
      headers: headers.length,
      queryParams: queryParams.length,
    },
    test: (request) => tests.every((test) => test(request)),
  };
}

function methodTest(method: string): Test {
  return (request) => request.method === method;
}

function pathTest(type: string, value: string): Test {
  switch (type) {
    case 'Exact':
      return ({ path }) => path === value;
    case 'PathPrefix': {
      const bare = value.replace(/\/+$/, '');
      if (bare === '') return () => true;
      const folder = `${bare}/`;
      return ({ path }) => path === bare || path.startsWith(folder);
    }
    case 'RegularExpression': {
      const pattern = new RegExp(`^(?:${value})$`);
      return ({ path }) => pattern.test(path);
    }
    default:
      throw new Error(`path match type ${type} is not supported`);
  }
}

export function headerTest({ type = 'Exact', name, value }: StringMatch): Test {
  const test = stringTest(type, value);
  const key = name.toLowerCase();
  return ({ headers }) => {
    const actual = headers[key];
    return actual !== undefined && test(Array.isArray(actual) ? actual.join(',') : actual);
  };
}

function queryTest({ type = 'Exact', name, value }: StringMatch): Test {
  const test = stringTest(type, value);
  return ({ query }) => {
    const actual = query.get(name);
    return actual !== null && test(actual);
  };
}

function stringTest(type: string, value: string): (actual: string) => boolean {
  if (type === 'Exact') return (actual) => actual === value;
  if (type !== 'RegularExpression') throw new Error(`match type ${type} is not supported`);
  const pattern = new RegExp(`^(?:${value})$`);
  return (actual) => pattern.test(actual);
}

/** Sorts what goes first to the front, by the precedence that the Gateway API lays down. */
export function byPrecedence({ rank: one }: Match, { rank: other }: Match): number {
  return (
    other.pathType - one.pathType ||
    other.pathLength - one.pathLength ||
    other.method - one.method ||
    other.headers - one.headers ||
    other.queryParams - one.queryParams
  );
}
