/** npm run bench -- rollback: from the last answer of the metrics source, which condemns a candidate, to
 * the route that sends everything to stable again, as the API server stored it. */
import { KINDS } from '../src/api/group.ts';
import type { KubeObject } from '../src/api/object.ts';
import { MetricsPage } from '../src/testing/metrics-page.ts';
import { startRouteLab } from '../src/testing/route-lab.ts';
import { atGates, openShop } from '../src/testing/shop.ts';
import type { Lab } from '../src/testing/lab.ts';
import { report } from './results.ts';
import { spread } from './spread.ts';

const RELEASES = 20;
const ROLLBACK_MS = 1_000;
const INTERVAL = '1s';

/** Milliseconds from the answer that was the last straw, and from the verdict as stored in the Release. */
interface Rollback {
  fromAnswer: number;
  fromVerdict: number;
}

async function rollback(lab: Lab, name: string): Promise<Rollback> {
  const page = await MetricsPage.open();
  try {
    const shop = await openShop(lab, { name, replicas: 2, route: true });
    await shop.attach(
      shop.canary([{ weight: 50, approval: {} }], { checks: [page.check({ interval: INTERVAL })] }),
    );
    await shop.held();
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the stage', atGates(0));
    const { spec } = await shop.release(1);
    for (const hash of [spec.stable.hash, spec.candidate.hash]) page.say(hash, 'Good');
    await shop.reach(1, 'a pass', (s) => s.evidence?.[0]?.verdict === 'Pass');
    const back = shop.caught(KINDS.httpRoute, isBack).then(() => performance.now());
    const told = shop
      .caught(KINDS.release, (release) => statusOf(release).towards === 'Aborted')
      .then(() => performance.now());
    page.say(spec.candidate.hash, 'Bad');
    const [verdict, routed] = await Promise.all([told, back]);
    const answer = Math.max(...page.answeredMs.filter((at) => at < verdict));
    await shop.end(1, 'Aborted');
    return { fromAnswer: routed - answer, fromVerdict: Math.max(0, routed - verdict) };
  } finally {
    await page.close();
  }
}

function statusOf(object: KubeObject): { towards?: string } {
  return (object['status'] ?? {}) as { towards?: string };
}

function isBack(route: KubeObject): boolean {
  const { rules } = route['spec'] as {
    rules: { backendRefs?: { name: string; weight?: number }[] }[];
  };
  const refs = rules.flatMap((rule) => rule.backendRefs ?? []);
  return refs.some((ref) => ref.name.endsWith('-candidate') && ref.weight === 0);
}

const lab = await startRouteLab();
try {
  const all: Rollback[] = [];
  for (let i = 0; i < RELEASES; i++) all.push(await rollback(lab, `bad-${i}`));
  const fromAnswer = spread(all.map((one) => one.fromAnswer));
  const fromVerdict = spread(all.map((one) => one.fromVerdict));
  const target = { unit: 'ms', target: `median under ${ROLLBACK_MS}` };
  report('rollback', [
    {
      what: 'verdict stored, until the route is back',
      ...fromVerdict,
      ...target,
      reached: fromVerdict.median < ROLLBACK_MS,
    },
    {
      what: 'metrics that condemn answered, until the route is back',
      ...fromAnswer,
      ...target,
      reached: fromAnswer.median < ROLLBACK_MS,
    },
  ]);
} finally {
  await lab.stop();
}
