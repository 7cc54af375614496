/** One group of exchanges as a suite: a test for each, in order, on both servers at once. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { LISTED, NEWER, OLDER, type OneSided, REWORDED } from '../known-differences.ts';
import { type Difference, differences, told } from './compare.ts';
import type { Exchange } from './exchange.ts';
import { Masks } from './masks.ts';
import type { GroupReport } from './report.ts';
import { type Answer, Side } from './side.ts';

/** @param group names the group in the list of known differences, and its namespace
 * `diff-<group>`, which is there on both sides. */
export function describeGroup(group: string, exchanges: Exchange[]): void {
  const used = new Set<string>();
  const general = new Set<string>();
  let real: Side;
  let sandbox: Side;
  const masks = { real: new Masks(), sandbox: new Masks() };

  describe.sequential(group, () => {
    beforeAll(async () => {
      real = await Side.open('real server', inject('real'));
      sandbox = await Side.open('sandbox', inject('sandbox'));
      for (const side of [real, sandbox]) await furnish(side, `diff-${group}`);
    });
    afterAll(async () => {
      real.close();
      sandbox.close();
      await writeFile(join(inject('reports'), `${group}.json`), JSON.stringify(report()));
    });

    for (const exchange of exchanges)
      it(exchange.id, async () => {
        const [theirs, ours] = await Promise.all([real.answer(exchange), sandbox.answer(exchange)]);
        const kind = kindOf(ours.body);
        const found = compared(exchange, theirs, ours).filter(
          (one) => !isKnown(exchange, kind, one),
        );
        if (exchange.unchecked || found.length === 0) return;
        throw new Error(`the sandbox answers otherwise:\n${found.map(told).join('\n')}`);
      });

    it('lists no difference that is gone', () => {
      expect(listedOf(group).filter((place) => !used.has(place))).toEqual([]);
    });
  });

  function compared(exchange: Exchange, theirs: Answer, ours: Answer): Difference[] {
    const options = { managedFields: exchange.managedFields === true };
    const found = differences(
      masks.real.answer(theirs, options),
      masks.sandbox.answer(ours, options),
    );
    const { only = [''], except = [] } = exchange;
    const isUnder = (starts: string[]) => (one: Difference) =>
      starts.some((start) => one.path.startsWith(start));
    return found.filter(isUnder(only)).filter((one) => !isUnder(except)(one));
  }

  function isKnown(exchange: Exchange, kind: string, difference: Difference): boolean {
    const place = `${group}/${exchange.id}: ${difference.path}`;
    const why = generalReason(difference, kind);
    if (why !== undefined) {
      general.add(why);
      return true;
    }
    const isListed = LISTED.some(({ at }) => at.includes(place));
    if (isListed) used.add(place);
    return isListed;
  }

  function report(): GroupReport {
    return {
      group,
      requests: exchanges.length,
      writes: exchanges.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length,
      listed: used.size,
      general: [...general],
    };
  }
}

/** The reason that holds wherever this difference is met. */
function generalReason(difference: Difference, kind: string): string | undefined {
  const { real, sandbox } = difference;
  const sided = [
    ...(real === undefined ? NEWER : []).filter((one) =>
      isAbout(one, { ...difference, kind, found: sandbox }),
    ),
    ...(sandbox === undefined ? OLDER : []).filter((one) =>
      isAbout(one, { ...difference, kind, found: real }),
    ),
  ];
  if (sided[0] !== undefined) return sided[0].why;
  if (typeof real !== 'string' || typeof sandbox !== 'string') return undefined;
  return REWORDED.find((one) => {
    if (one.field !== undefined && !difference.path.endsWith(one.field)) return false;
    const [, ...caught] = one.real.exec(real) ?? [];
    const [, ...own] = one.sandbox.exec(sandbox) ?? [];
    return one.real.test(real) && one.sandbox.test(sandbox) && caught.join() === own.join();
  })?.why;
}

function isAbout(
  { field, value, kind }: OneSided,
  met: { path: string; kind: string; found: unknown },
): boolean {
  const isSame = value === undefined || JSON.stringify(met.found) === JSON.stringify(value);
  const isOfKind = kind === undefined || met.kind === kind || met.kind === `${kind}List`;
  return isSame && isOfKind && met.path.endsWith(`.${field}`);
}

/** Of an object, a list, or the objects of a watch. */
function kindOf(body: unknown): string {
  const [first] = Array.isArray(body) ? (body as { object?: unknown }[]) : [{ object: body }];
  const kind = (first?.object as { kind?: unknown } | undefined)?.kind;
  return typeof kind === 'string' ? kind : '';
}

function listedOf(group: string): string[] {
  return LISTED.flatMap(({ at }) => at).filter((place) => place.startsWith(`${group}/`));
}

/** The namespace of the group, with what every namespace has. */
async function furnish(side: Side, namespace: string): Promise<void> {
  const metadata = { name: namespace };
  await side.answer({
    id: namespace,
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { metadata },
  });
  for (const path of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt'])
    await side.answer({
      id: path,
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/${path}`,
      until: (at) => at('metadata.uid') !== undefined,
    });
}
