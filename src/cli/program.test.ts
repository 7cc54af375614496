import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ConnectOptions, type ControllerOptions, type SandboxUpOptions } from './deps.ts';
import { buildProgram } from './program.ts';
import { FakeCluster } from './testing/fake-cluster.ts';
import type { CliDeps } from './deps.ts';

/** Runs a command whose work is done elsewhere; gives what it was called with. */
async function calls(...args: string[]): Promise<unknown[]> {
  const seen: unknown[] = [];
  const note = (name: string) => (options?: unknown) => {
    seen.push(name, options);
    return Promise.resolve(7);
  };
  let code = 0;
  const out = { write: () => true };
  const deps = {
    version: '1',
    invokedAs: 'segue',
    stdout: out,
    stderr: out,
    runController: note('controller') as (options: ControllerOptions) => Promise<number>,
    sandboxUp: note('up') as (options: SandboxUpOptions) => Promise<number>,
    sandboxNodes: note('nodes') as (options: ConnectOptions) => Promise<number>,
    sandboxGateway: note('gateway') as (options: ConnectOptions) => Promise<number>,
    demo: note('demo'),
    demoApp: note('demo-app'),
    demoLoad: note('demo-load'),
  };
  const program = buildProgram(deps as unknown as CliDeps, (finished) => (code = finished));
  await program.parseAsync(args, { from: 'user' });
  expect(code).toBe(7);
  return seen;
}

test('the controller gets its options, typed', async () => {
  expect(await calls('controller', '--metrics-address', ':8080', '-n', 'shop')).toEqual([
    'controller',
    {
      context: undefined,
      kubeconfig: undefined,
      namespace: 'shop',
      logFormat: undefined,
      logLevel: 'info',
      metricsAddress: { port: 8080 },
      workers: undefined,
      election: undefined,
    },
  ]);
  const elected = await calls('controller', '--leader-elect', '--leader-elect-namespace', 'ops');
  expect(elected[1]).toMatchObject({
    election: { namespace: 'ops', leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 },
  });
  const [, options] = await calls('controller', '--metrics-address', '[::1]:0');
  expect(options).toMatchObject({ metricsAddress: { host: '::1', port: 0 } });
  const [, many] = await calls('controller', '--workers', '32');
  expect(many).toMatchObject({ workers: 32 });
  await expect(calls('controller', '--workers', '0')).rejects.toThrow(/1 to 1000/);
});

test('sandbox and demo get their options', async () => {
  const zones = calls('sandbox', 'up', '--zones', 'a,,b');
  await expect(zones).rejects.toThrow(/commas between/);
  const up = await calls('sandbox', 'up', '--port', '6443', '--hollow', '3', '--zones', 'a,b');
  expect(up).toEqual([
    'up',
    {
      port: 6443,
      nodes: undefined,
      hollow: 3,
      zones: ['a', 'b'],
      gateway: true,
      controller: true,
      runCommands: false,
    },
  ]);
  expect(await calls('sandbox', 'nodes', '--kubeconfig', 'k', '--nodes', '2')).toEqual([
    'nodes',
    {
      context: undefined,
      runCommands: false,
      kubeconfig: 'k',
      namespace: undefined,
      nodes: 2,
      hollow: undefined,
      zones: undefined,
    },
  ]);
  expect(await calls('--kubeconfig', 'k', 'sandbox', 'gateway')).toMatchObject([
    'gateway',
    { kubeconfig: 'k' },
  ]);
  expect(await calls('demo', '--once', '--json')).toEqual(['demo', { once: true, json: true }]);
  expect(await calls('__demo-app')).toEqual(['demo-app', undefined]);
});

test.each([
  [['statsu'], "error: unknown command 'statsu'\n(Did you mean status?)\n"],
  [['promote'], "error: missing required argument 'policy'\n"],
  [['get', 'pods'], "error: command-argument value 'pods' is invalid"],
  [
    ['controller', '--leader-elect', '--leader-elect-lease-duration', '5s'],
    'the lease duration must be longer than the renew deadline',
  ],
  [['sandbox', 'up', '--port', 'x'], 'Write a port from 0 to 65535; 0 takes a free one.'],
  [['status', 'web', '--timeout', '10'], 'Write a duration with a unit: 30s, 5m.'],
])('%j is a usage error that says what to do', async (args, text) => {
  const { code, err, out } = await new FakeCluster().run(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(text);
});

test.each(['rehearse'])('%s is refused with what to use instead', async (name) => {
  const { code, err } = await new FakeCluster().run(name, 'web', '--to', '3');
  expect(code).toBe(2);
  expect(err).toMatch(new RegExp(`^error: ${name}: not in this version; .+\n$`));
});

test('as a kubectl plugin it calls itself by that name', async () => {
  const cluster = new FakeCluster();
  cluster.invokedAs = 'kubectl segue';
  expect((await cluster.run('--help')).out).toContain('Usage: kubectl segue [options]');
  expect((await cluster.run('rehearse', 'web')).err).toContain("'kubectl segue sandbox up'");
});

test('help and version are no errors, nothing at all is', async () => {
  const cluster = new FakeCluster();
  expect(await cluster.run('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  expect((await cluster.run('get', '--help')).code).toBe(0);
  expect((await cluster.run()).code).toBe(2);
});

test('help loads nothing heavy', () => {
  const heavy =
    /^import (?!type)[^;]*from '(zod|yaml|undici|\.\.\/api\/(?!group|config-marks|duration|gitops|problem|same-json|threshold)[^']*)'/m;
  const lazy = new Set([
    'check-now.ts',
    'install-objects.ts',
    'router-words.ts',
    'unfound.ts',
    'validate-text.ts',
    'written-definitions.ts',
    'written-templates.ts',
  ]);
  const files = readdirSync(new URL('.', import.meta.url)).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !lazy.has(file),
  );
  const bad = files.filter((file) =>
    heavy.test(readFileSync(new URL(file, import.meta.url), 'utf8')),
  );
  expect(bad).toEqual([]);
});
