import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { loadKubeconfig } from './kubeconfig.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'segue-kubeconfig-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}

function config(user: string, cluster = '{server: "https://one:6443/"}'): string {
  return `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: ${cluster}}]
users: [{name: u, user: ${user}}]
contexts: [{name: dev, context: {cluster: c, user: u, namespace: shop}}]
current-context: dev
`;
}

async function headersOf(user: string): Promise<unknown> {
  const path = await file('config', config(user));
  return (await (await loadKubeconfig({ path, env: {} })).credentials()).headers;
}

describe('files', () => {
  test('an explicit path gives server, namespace and where it came from', async () => {
    const path = await file('config', config('{token: t}'));
    expect(await loadKubeconfig({ path, env: {} })).toMatchObject({
      server: 'https://one:6443',
      namespace: 'shop',
      insecureSkipVerify: false,
      source: `context dev of ${path}`,
    });
  });

  test('an explicit path must exist', async () => {
    const path = join(dir, 'none');
    await expect(loadKubeconfig({ path, env: {} })).rejects.toThrow(
      `kubeconfig ${path}: cannot be read: there is no such file`,
    );
  });

  test.each([
    ['a: [', 'is not valid YAML'],
    ['kind: Deployment', 'is not a kubeconfig'],
    ['- a', 'is not a kubeconfig'],
  ])('%j is refused', async (text, message) => {
    const path = await file('config', text);
    await expect(loadKubeconfig({ path, env: {} })).rejects.toThrow(message);
  });

  test('of several files in KUBECONFIG the first to say something wins', async () => {
    const first = await file(
      'first',
      'users: [{name: u, user: {token: first}}]\ncurrent-context: two',
    );
    const second = await file(
      'second',
      `${config('{token: second, username: x}')}
`.replace('contexts: [', 'contexts: [{name: two, context: {cluster: c, user: u}}, '),
    );
    const env = { KUBECONFIG: [first, join(dir, 'missing'), second].join(delimiter) };
    const loaded = await loadKubeconfig({ env });
    expect(loaded.source).toBe(`context two of ${second}`);
    expect(loaded.namespace).toBe('default');
    expect((await loaded.credentials()).headers).toEqual({ authorization: 'Bearer first' });
    const dev = await loadKubeconfig({ env, context: 'dev' });
    expect(dev.namespace).toBe('shop');
  });

  test('paths are relative to the file that names them', async () => {
    await file('ca.pem', 'the authority');
    await file('token', 'from-file\n');
    const path = await file(
      'config',
      config('{tokenFile: token}', '{server: "https://one", certificate-authority: ca.pem}'),
    );
    const loaded = await loadKubeconfig({ path, env: {} });
    expect(loaded.ca).toBe('the authority');
    expect((await loaded.credentials()).headers).toEqual({ authorization: 'Bearer from-file' });
  });

  test('what does not fit together is refused by name', async () => {
    const text = config('{token: t}');
    const load = async (content: string, context?: string) =>
      loadKubeconfig({ path: await file('config', content), context, env: {} });
    await expect(load(text, 'prod')).rejects.toThrow('has no context prod; there are: dev');
    await expect(load(text.replace('current-context: dev', ''))).rejects.toThrow(
      'has no current-context; choose one with --context (dev)',
    );
    await expect(load(text.replace('user: u,', 'user: v,'))).rejects.toThrow(
      'context dev: there is no user v; there are: u',
    );
    await expect(load(config('{}', '{server: "one:6443"}'))).rejects.toThrow(
      'cluster c: server one:6443 is not an http or https URL',
    );
    await expect(
      load(config('{}', '{server: "https://a", proxy-url: "socks5://p"}')),
    ).rejects.toThrow('only http and https proxies work');
  });
});

describe('credentials', () => {
  test.each([
    ['{token: t}', { authorization: 'Bearer t' }],
    ['{username: jo, password: pw}', { authorization: 'Basic am86cHc=' }],
    [
      '{token: t, as: bot, as-groups: [a, b], as-user-extra: {"x/y": [z]}}',
      {
        authorization: 'Bearer t',
        'impersonate-user': 'bot',
        'impersonate-group': ['a', 'b'],
        'impersonate-extra-x%2Fy': ['z'],
      },
    ],
    ['{}', {}],
  ])('user %s', async (user, headers) => expect(await headersOf(user)).toEqual(headers));

  test('a client certificate comes with its key', async () => {
    const cert = Buffer.from('CERT').toString('base64');
    const key = Buffer.from('KEY').toString('base64');
    const path = await file(
      'config',
      config(`{client-certificate-data: ${cert}, client-key-data: ${key}}`),
    );
    const loaded = await loadKubeconfig({ path, env: {} });
    expect(await loaded.credentials()).toEqual({ headers: {}, cert: 'CERT', key: 'KEY' });
    await expect(headersOf(`{client-certificate-data: ${cert}}`)).rejects.toThrow(
      'user u: has a client-certificate but no client-key',
    );
  });

  test('an exec plugin is run in the place of the kubeconfig, and its environment is set', async () => {
    const script = `
      const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
      const token = [process.argv[2], process.env.REGION, info.kind].join('-');
      console.log(JSON.stringify({ kind: 'ExecCredential', status: { token } }));
    `;
    const plugin = await file('plugin.cjs', script);
    const user = `{exec: {apiVersion: client.authentication.k8s.io/v1, command: "${process.execPath}", args: ["${plugin}", get], env: [{name: REGION, value: eu}]}}`;
    expect(await headersOf(user)).toEqual({ authorization: 'Bearer get-eu-ExecCredential' });
  });

  test('an exec plugin that fails is named with what it said', async () => {
    const plugin = await file('plugin.cjs', 'console.error("not logged in"); process.exit(3)');
    const user = `{exec: {command: "${process.execPath}", args: ["${plugin}"]}}`;
    await expect(headersOf(user)).rejects.toThrow(
      /user u: the exec plugin .* gave no credentials: not logged in/,
    );
  });

  test('an OIDC token that is still good is used', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({})}.${part({ exp: Date.now() / 1_000 + 3_600 })}.sig`;
    const user = `{auth-provider: {name: oidc, config: {id-token: ${token}}}}`;
    expect(await headersOf(user)).toEqual({ authorization: `Bearer ${token}` });
  });
});

describe('in a pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

  test('the ServiceAccount is used, and its token read again when it may be a new one', async () => {
    await file('ca.crt', 'the authority');
    await file('token', 'one');
    await file('namespace', 'shop\n');
    const clock = new FakeClock();
    const loaded = await loadKubeconfig({ env, home: dir, serviceAccountDir: dir, clock });
    expect(loaded).toMatchObject({
      server: 'https://10.0.0.1:443',
      ca: 'the authority',
      namespace: 'shop',
    });
    const token = async () => (await loaded.credentials()).headers['authorization'];
    expect(await token()).toBe('Bearer one');
    await file('token', 'two');
    expect(await token()).toBe('Bearer one');
    await clock.advance(60_000);
    expect(await token()).toBe('Bearer two');
  });

  test('a kubeconfig goes before it', async () => {
    const path = await file('config', config('{token: t}'));
    const loaded = await loadKubeconfig({ env: { ...env, KUBECONFIG: path }, home: dir });
    expect(loaded.server).toBe('https://one:6443');
  });

  test('without a token, and without any cluster, the error says what to do', async () => {
    await expect(
      loadKubeconfig({ env, home: dir, serviceAccountDir: join(dir, 'none') }),
    ).rejects.toThrow('automountServiceAccountToken');
    await expect(loadKubeconfig({ env: {}, home: dir })).rejects.toThrow(
      'no cluster is configured',
    );
  });
});

test.each([
  [{ HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
  [{ https_proxy: 'p:1' }, 'http://p:1'],
  [{ HTTP_PROXY: 'http://p:1' }, undefined],
  [{ HTTPS_PROXY: 'http://p:1', NO_PROXY: 'other,one' }, undefined],
  [{ HTTPS_PROXY: 'http://p:1', NO_PROXY: '.one' }, 'http://p:1'],
])('the proxy of the environment %j is %s', async (env, proxy) => {
  const path = await file('config', config('{}'));
  expect((await loadKubeconfig({ path, env })).proxyUrl).toBe(proxy);
});
