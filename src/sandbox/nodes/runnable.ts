/** What the sandbox can run, and what it says about the rest. */
import type { Container } from 'kubernetes-types/core/v1.js';

export type ImageVerdict =
  { runs: true; as: 'demo' | 'command' } | { runs: false; reason: string; message: string };

const PULL_BACK_OFF = 'ImagePullBackOff';
const CREATE_ERROR = 'CreateContainerError';

/** The name after the last slash and the tag, without a digest. */
export function splitImage(image: string): { base: string; tag: string } {
  const last = (image.split('/').at(-1) ?? '').replace(/@.*$/, '');
  const [base = '', tag = 'latest'] = last.split(':');
  return { base, tag };
}

/** Images with the tag `broken-image` exist nowhere, for rehearsing a release that cannot start. */
export function isBroken(image: string): boolean {
  return splitImage(image).tag === 'broken-image';
}

export function brokenImage(image: string): ImageVerdict & { runs: false } {
  const message = `Back-off pulling image "${image}": no such image`;
  return { runs: false, reason: PULL_BACK_OFF, message };
}

/**
 * How a process node runs the container: the image `segue-demo`, whatever registry is before the
 * name, as the demo app; any other by its `command`, where the user has allowed that.
 */
export function judgeContainer(container: Container, runCommands: boolean): ImageVerdict {
  const { image = '', command = [], name } = container;
  if (isBroken(image)) return brokenImage(image);
  const isDemo = splitImage(image).base === 'segue-demo';
  if (command.length === 0 && !isDemo)
    return {
      runs: false,
      reason: PULL_BACK_OFF,
      message: `Back-off pulling image "${image}": the sandbox does not pull images; write the command to run on this machine into the container: command: ["node", "server.js"]; or use segue-demo:<version>, hollow nodes or a real cluster`,
    };
  if (command.length > 0 && !runCommands)
    return {
      runs: false,
      reason: CREATE_ERROR,
      message: `command of container "${name}": it would run on this machine with your rights and no isolation; start the sandbox with --run-commands if you trust it`,
    };
  const unsupported = unsupportedField(container);
  if (unsupported)
    return {
      runs: false,
      reason: CREATE_ERROR,
      message: `${unsupported} of container "${name}" is not supported by the sandbox: leave it out, or use a real cluster`,
    };
  return { runs: true, as: command.length > 0 ? 'command' : 'demo' };
}

function unsupportedField(container: Container): string | undefined {
  for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
    const { httpGet, tcpSocket, exec } = container[name] ?? { tcpSocket: true };
    if (httpGet?.scheme === 'HTTPS') return `${name}.httpGet.scheme HTTPS`;
    if (!httpGet && !tcpSocket && !exec) return `${name} without httpGet, tcpSocket or exec`;
  }
  if (container.restartPolicy === 'Always') return 'restartPolicy Always (a sidecar)';
  return container.lifecycle?.postStart ? 'lifecycle.postStart' : undefined;
}
