/** What the sandbox can run, and what it says about the rest. */
import type { Container } from 'kubernetes-types/core/v1.js';

export type ImageVerdict = { runs: true } | { runs: false; reason: string; message: string };

const PULL_BACK_OFF = 'ImagePullBackOff';
const CAN_RUN = 'the sandbox runs the built-in image segue-demo:<version> as a local process';

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
 * Whether a process node can run the container: the image `segue-demo`, whatever registry is
 * before the name, without a command and with probes that need no shell.
 */
export function judgeContainer(container: Container): ImageVerdict {
  const { image = '', command } = container;
  if (isBroken(image)) return brokenImage(image);
  if (splitImage(image).base !== 'segue-demo')
    return {
      runs: false,
      reason: PULL_BACK_OFF,
      message: `Back-off pulling image "${image}": ${CAN_RUN}; other images need a hollow node or a real cluster`,
    };
  const unsupported = unsupportedField(container);
  if (unsupported)
    return {
      runs: false,
      reason: 'CreateContainerError',
      message: `${unsupported} of container "${container.name}" is not supported: ${CAN_RUN}`,
    };
  return command?.length ? refuseCommand(command) : { runs: true };
}

function refuseCommand(command: string[]): ImageVerdict {
  const message = `command ${JSON.stringify(command)}: ${CAN_RUN} and takes no command; set its environment instead`;
  return { runs: false, reason: 'CreateContainerError', message };
}

function unsupportedField(container: Container): string | undefined {
  for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
    const { httpGet, tcpSocket } = container[name] ?? { tcpSocket: true };
    if (httpGet?.scheme === 'HTTPS') return `${name}.httpGet.scheme HTTPS`;
    if (!httpGet && !tcpSocket) return `${name} without httpGet or tcpSocket`;
  }
  const { preStop, postStart } = container.lifecycle ?? {};
  if (postStart) return 'lifecycle.postStart';
  return preStop && !preStop.httpGet && !preStop.sleep ? 'lifecycle.preStop.exec' : undefined;
}
