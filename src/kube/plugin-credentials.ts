/** Credentials from exec plugins and auth providers (OIDC), left to @kubernetes/client-node; this
 * file alone loads that package, and only for users who need it. */
import type { Credentials } from './credentials.ts';
import {
  type Entry,
  type Fields,
  KubeconfigError,
  isFields,
  pathBeside,
  textOf,
} from './kubeconfig-file.ts';

/** Asks the plugin of `user` for credentials. */
export async function pluginCredentials(user: Entry): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'cluster', server: 'https://kubernetes.invalid', skipTLSVerify: false }],
    users: [{ name: user.name, ...pluginOf(user) }],
    contexts: [{ name: 'context', cluster: 'cluster', user: user.name }],
    currentContext: 'context',
  });
  const options: { headers: Record<string, string>; cert?: unknown; key?: unknown } = {
    headers: {},
  };
  try {
    await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0]);
  } catch (error) {
    throw new KubeconfigError(
      `kubeconfig ${user.file}: user ${user.name}: ${pluginName(user.fields)} gave no credentials: ${(error as Error).message.trim()}`,
    );
  }
  const token = options.headers['Authorization'];
  const pem = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const [cert, key] = [pem(options.cert), pem(options.key)];
  if (token === undefined && cert === undefined)
    throw new KubeconfigError(
      `kubeconfig ${user.file}: user ${user.name}: ${pluginName(user.fields)} gave neither a token nor a certificate; log in again`,
    );
  return {
    headers: token === undefined ? {} : { authorization: token },
    ...(cert !== undefined && key !== undefined ? { cert, key } : {}),
  };
}

function pluginName(fields: Fields): string {
  const exec = fields['exec'];
  if (isFields(exec)) return `the exec plugin ${textOf(exec, 'command') ?? ''}`;
  const provider = fields['auth-provider'];
  return `the auth-provider ${isFields(provider) ? (textOf(provider, 'name') ?? '') : ''}`;
}

function pluginOf(user: Entry): { exec: Fields } | { authProvider: Fields } {
  const exec = user.fields['exec'];
  if (!isFields(exec)) return { authProvider: user.fields['auth-provider'] as Fields };
  const command = textOf(exec, 'command') ?? '';
  const info = {
    apiVersion: exec['apiVersion'],
    kind: 'ExecCredential',
    spec: { interactive: false },
  };
  return {
    exec: {
      ...exec,
      // A bare name is looked up in PATH, anything with a slash is relative to the kubeconfig.
      command: command.includes('/') ? pathBeside(user.file, command) : command,
      env: [
        ...(Array.isArray(exec['env']) ? exec['env'] : []),
        { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) },
      ],
    },
  };
}
