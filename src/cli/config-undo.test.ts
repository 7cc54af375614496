/** undo, history: the configuration that went with a revision, against a cluster in memory. */
import { describe, expect, test } from 'vitest';
import type { ConfigVersion, RecordedObject } from '../api/config.ts';
import type { KubeObject } from '../api/object.ts';
import { deployment, set, template, version } from './testing/deployment-revisions.ts';
import { FakeCluster, policy, PROMOTED, release } from './testing/fake-cluster.ts';

describe('the configuration of then', () => {
  const object = (level: string): RecordedObject => ({
    kind: 'ConfigMap',
    name: 'web',
    digest: level,
    keys: { LEVEL: level },
    whole: true,
    data: { LEVEL: level },
  });
  const of = (level: string, rest: Partial<RecordedObject> = {}): ConfigVersion => ({
    scope: 'v1/ConfigMap',
    digest: `all-${level}`,
    objects: [{ ...object(level), ...rest }],
  });
  const stored = (data: Record<string, string>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web', namespace: 'shop', resourceVersion: '9' },
    data,
  });
  const configured = (rest: Partial<RecordedObject> = {}, image = 'v2') => {
    const cluster = new FakeCluster();
    const config = { stable: of('one', rest), candidate: of('two') };
    const spec = {
      number: 1,
      stable: version('aaa', 'v1', 1),
      candidate: version('bbb', image),
      config,
    };
    const release_ = release({ ...PROMOTED, revision: 2 }, spec);
    const target = { config: { ...of('two'), workload: 'd1' } };
    cluster.put(
      policy({ lastRelease: 'web-1', target }, { config: { watch: true } }),
      deployment(image),
      release_,
      set('bbb', image, 2),
      stored({ LEVEL: 'two', ADDED: 'later' }),
    );
    return cluster;
  };
  const writes = (cluster: FakeCluster) => cluster.calls.filter((call) => call.startsWith('patch'));

  test('is said, and stays as it is unless it is asked for', async () => {
    const cluster = configured();
    const { code, err } = await cluster.run('undo', 'web');
    expect(code).toBe(0);
    expect(err).toContain('the configuration was another one then: ConfigMap web (LEVEL)');
    expect(writes(cluster)).toEqual([expect.stringContaining('Deployment/shop/web')]);
  });

  test('is put back before the template, with who and when, and without what came later', async () => {
    const cluster = configured();
    const { out } = await cluster.run('undo', 'web', '--with-config');
    expect(out).toContain('ConfigMap web put back');
    const [first = '', second] = writes(cluster);
    expect(second).toContain('Deployment/shop/web');
    const written = JSON.parse(first.slice(first.indexOf('{'))) as {
      body: { data: unknown; metadata: { resourceVersion: string; annotations: object } };
    };
    expect(written.body.data).toEqual({ LEVEL: 'one', ADDED: null });
    expect(written.body.metadata.resourceVersion).toBe('9');
    expect(JSON.stringify(written.body.metadata.annotations)).toMatch(/jo.*web-1/);
  });

  test('is all there is to put back where the image is the same', async () => {
    const cluster = configured({}, 'v1');
    // Only by its digest is it another template.
    const annotations = { 'segue.dev/config': 'all-two' };
    const written = template('v1');
    const other = { ...written, metadata: { ...written.metadata, annotations } };
    const [found] = cluster.of('Release') as unknown as {
      spec: { candidate: { template: unknown } };
    }[];
    if (found) found.spec.candidate.template = other;
    cluster.put({ ...deployment('v1'), spec: { paused: true, template: other } });
    expect((await cluster.run('undo', 'web')).out).toContain(
      'only the configuration was another one',
    );
    expect(writes(cluster)).toEqual([]);
    await cluster.run('undo', 'web', '--with-config');
    expect(writes(cluster)).toEqual([expect.stringContaining('ConfigMap/shop/web')]);
  });

  test('changes nothing at all where some of it was not kept', async () => {
    const { data: _, ...without } = object('one');
    const cluster = configured({ ...without, omitted: '900 KiB' });
    // What is not kept has no content.
    for (const one of cluster.of('Release'))
      delete (
        (one as unknown as { spec: { config: { stable: ConfigVersion } } }).spec.config.stable
          .objects[0] ?? {}
      ).data;
    const { code, err } = await cluster.run('undo', 'web', '--with-config');
    expect(code).toBe(1);
    expect(err).toContain('ConfigMap web: what was in it then is not kept (900 KiB)');
    expect(writes(cluster)).toEqual([]);
  });

  test('of a Secret is left as it is, and that is said', async () => {
    const { data: _, ...secret } = { ...object('one'), kind: 'Secret' as const };
    const cluster = configured();
    for (const one of cluster.of('Release')) {
      const { config } = (one as unknown as { spec: { config: { stable: ConfigVersion } } }).spec;
      config.stable.objects = [secret];
    }
    const { err } = await cluster.run('undo', 'web', '--with-config');
    expect(err).toContain('Secret web was another one then');
    expect(writes(cluster)).toEqual([expect.stringContaining('Deployment/shop/web')]);
  });

  test('dry: the server is asked, and nothing is changed', async () => {
    const cluster = configured();
    const { out } = await cluster.run('undo', 'web', '--with-config', '--dry-run');
    expect(out).toContain('(dry run, nothing was changed)');
    for (const call of writes(cluster)) expect(call).toContain('"dryRun":true');
  });

  test('history names what was released beside the images', async () => {
    const cluster = configured();
    expect((await cluster.run('history', 'web')).out).toContain('v2 + ConfigMap web (LEVEL)');
    const { out } = await cluster.run('history', 'web', '-o', 'json');
    expect(out).toContain('"keys": [');
  });
});
