/** What a rolling update asks at its holds: smoke tests, webhooks, windows and people, with real pods,
 * real requests and real Jobs. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { rolling } from '../../src/testing/shop-native.ts';

let lab: Lab;
const servers: Server[] = [];
beforeAll(async () => {
  lab = await startLab({ nodes: 1, runCommands: true });
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  for (const server of servers) server.close();
});

/** As the policy is written; the API server fills in defaults. */
const loose = <T>(value: unknown) => value as T;
type Rest = Parameters<typeof rolling>[1];

/** Two real pods on their way to v2, held after the first. */
async function releasing(name: string, gates: object, rest: Rest = {}): Promise<Shop> {
  const shop = await openShop(lab, { name, replicas: 2 });
  const traffic = { services: [{ name }] };
  const stages = loose<[]>([{ holdAfter: 1, ...gates }]);
  await shop.attach(rolling({ stages }, loose({ traffic, ...rest })));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  return shop;
}

async function wanted(shop: Shop): Promise<(number | undefined)[]> {
  const sets = await shop.sets();
  return [sets['segue-demo:v1']?.wanted, sets['segue-demo:v2']?.wanted];
}

const job = (script: string) => ({
  spec: {
    template: {
      spec: { containers: [{ name: 'job', image: 'any:1', command: ['sh', '-c', script] }] },
    },
  },
});

describe.concurrent('at a hold', () => {
  test('a smoke test asks a new pod, at the port of the Service', async () => {
    const smokeTests = [{ name: 'home', http: { path: '/', port: 80 } }];
    const shop = await releasing('asked', { smokeTests, approval: {} });
    const status = await shop.reach(1, 'the hold', atGates(0));
    expect(status.tasks?.map(({ id, state }) => [id, state])).toEqual([
      ['stage-1-tests/home', 'Passed'],
    ]);
    const { spec } = await shop.release(1);
    expect(status.tasks?.[0]?.message).toMatch(
      new RegExp(`^GET / of pod ${spec.candidate.replicaSet}-\\S+ answered 200$`),
    );
    // One pod too many is the Deployment's own maxSurge of 25 %.
    expect((await wanted(shop))[1]).toBe(1);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
  });

  test('one that fails takes the first pod back, and no second one was changed', async () => {
    const smokeTests = [{ name: 'tea', http: { path: '/', status: '418' }, retries: 0 }];
    const shop = await releasing('tea', { smokeTests });
    const status = await shop.end(1, 'Aborted');
    expect(status.reason).toBe('SmokeTestFailed');
    expect(await wanted(shop)).toEqual([2, undefined]);
    expect((status.timeline ?? []).map(({ reason }) => reason)).not.toContain('StageReached');
  });

  test('a Job is one too, and needs no Service', async () => {
    const smokeTests = [{ name: 'try', job: job('test -n "$SEGUE_CANDIDATE_HASH"') }];
    const shop = await releasing('tried', { smokeTests }, { traffic: undefined });
    const status = await shop.end(1, 'Promoted');
    expect(status.tasks?.map(({ id, state }) => [id, state])).toEqual([
      ['stage-1-tests/try', 'Passed'],
    ]);
  });

  test('a webhook keeps it until it says yes', async () => {
    let code = 503;
    const asked: unknown[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        asked.push(JSON.parse(Buffer.concat(chunks).toString()));
        response.writeHead(code).end();
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const webhooks = [{ name: 'gate', url, interval: '1s' }];
    const shop = await releasing('hooked', { webhooks });
    await shop.reach(1, 'an answer', (s) => /gate: .*answered 503$/.test(s.message ?? ''));
    expect((await wanted(shop))[1]).toBe(1);
    code = 200;
    await shop.end(1, 'Promoted');
    expect(asked[0]).toMatchObject({
      moment: 'stage-1',
      candidateImages: ['segue-demo:v2'],
      candidateService: '',
    });
  });

  test('a freeze is waited out, unless a person says otherwise; an approval alone is not enough', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const window = { freeze: [{ from: '2020-01-01', to: tomorrow, because: 'stocktaking' }] };
    const shop = await releasing('frozen', { window, approval: {} });
    await shop.reach(1, 'the hold', atGates(0));
    expect((await lab.segue('-n', shop.namespace, 'approve', 'frozen')).code).toBe(0);
    const status = await shop.reach(1, 'the freeze', (s) => /stocktaking/.test(s.message ?? ''));
    expect(status).toMatchObject({ step: 'Stage', stage: 0 });
    expect((await wanted(shop))[1]).toBe(1);
    expect((await lab.segue('-n', shop.namespace, 'promote', 'frozen')).code).toBe(0);
    await shop.end(1, 'Promoted');
  });

  test('a smoke test that fails is passed over by skip alone', async () => {
    const smokeTests = [{ name: 'tea', http: { path: '/', status: '418' }, retries: 0 }];
    const shop = await releasing('asks', { smokeTests }, { onFailure: { action: 'Pause' } });
    await shop.reach(1, 'the pause', (s) => s.paused?.reason === 'SmokeTestFailed');
    const refused = await lab.segue('-n', shop.namespace, 'promote', 'asks');
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('tea failed') });
    expect((await lab.segue('-n', shop.namespace, 'skip', 'asks')).code).toBe(0);
    await shop.end(1, 'Promoted');
  });
});
