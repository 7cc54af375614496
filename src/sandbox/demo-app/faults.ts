/** Which requests of the demo app go wrong, and how slowly: decided by counting, not by chance. */

export interface DemoSettings {
  /** What the app says it is: `VERSION`, or else the tag of the image it was started from. */
  version: string;
  pod: string;
  host: string;
  ports: number[];
  faultPercent: number;
  /** In its first time, as with an empty cache: for so long, and so many percent. */
  coldMs: number;
  coldFaultPercent: number;
  latencyMs: number;
  /** Taken from a queue that never ends, as a worker does; 0: none. */
  jobsPerSecond: number;
  latencyJitterMs: number;
  startDelayMs: number;
  /** Undefined: never. */
  crashAfterMs: number | undefined;
  /** How long it goes on serving after SIGTERM, while others learn that it is leaving. */
  lameDuckMs: number;
}

export interface Outcome {
  fails: boolean;
  delayMs: number;
}

type Env = Record<string, string | undefined>;

const GOLDEN_RATIO = 0.618_033_988_749_895;

/** Reads the settings, or throws an Error that names the variable and what it takes. */
export function readSettings(env: Env): DemoSettings {
  return {
    version: env['VERSION'] || tagOf(env['SEGUE_IMAGE']),
    pod: env['POD_NAME'] || env['HOSTNAME'] || 'segue-demo',
    host: env['SEGUE_LISTEN_ADDRESS'] || '127.0.0.1',
    ports: portsOf(env),
    faultPercent: numberOf(env, 'FAULT_PERCENT', { otherwise: 0, max: 100 }),
    coldMs: numberOf(env, 'COLD_MS', { otherwise: 0 }),
    coldFaultPercent: numberOf(env, 'COLD_FAULT_PERCENT', { otherwise: 0, max: 100 }),
    latencyMs: numberOf(env, 'LATENCY_MS', { otherwise: 0 }),
    jobsPerSecond: numberOf(env, 'JOBS_PER_SECOND', { otherwise: 0, max: 1_000 }),
    latencyJitterMs: numberOf(env, 'LATENCY_JITTER_MS', { otherwise: 0 }),
    startDelayMs: numberOf(env, 'START_DELAY_MS', { otherwise: 0 }),
    crashAfterMs: env['CRASH_AFTER_MS']
      ? numberOf(env, 'CRASH_AFTER_MS', { otherwise: 0 })
      : undefined,
    lameDuckMs: numberOf(env, 'LAME_DUCK_MS', { otherwise: 1_500 }),
  };
}

/**
 * The fate of request number `count` (from 0). Failures are spread evenly: of any 1000 requests in
 * a row `10 * faultPercent` fail, and each pod begins at another place (`phase`, 0 to 1).
 */
export function decideOutcome(settings: DemoSettings, count: number, phase: number): Outcome {
  const share = settings.faultPercent / 100;
  const fails = Math.floor((count + 1) * share + phase) > Math.floor(count * share + phase);
  const jitter = ((count + 1) * GOLDEN_RATIO + phase) % 1;
  return { fails, delayMs: settings.latencyMs + jitter * settings.latencyJitterMs };
}

/** What holds of a pod that has been there for so long. */
export function settingsAt(settings: DemoSettings, ageMs: number): DemoSettings {
  const { coldMs, coldFaultPercent, faultPercent } = settings;
  if (ageMs >= coldMs) return settings;
  return { ...settings, faultPercent: Math.max(faultPercent, coldFaultPercent) };
}

/** A number from 0 to 1 that differs from pod to pod. */
export function phaseOf(pod: string): number {
  let hash = 2_166_136_261;
  for (const character of pod)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return hash / 4_294_967_296;
}

function tagOf(image: string | undefined): string {
  const last = image?.split('/').at(-1) ?? '';
  const colon = last.indexOf(':');
  return colon < 0 ? 'latest' : last.slice(colon + 1).replace(/@.*$/, '');
}

function portsOf(env: Env): number[] {
  const text = env['PORT'] || env['SEGUE_LISTEN_PORTS'] || '8080';
  const ports = text.split(',').map(Number);
  if (ports.some((port) => !Number.isInteger(port) || port < 0 || port > 65_535))
    throw new Error(`PORT=${text}: give a port from 0 to 65535`);
  return ports;
}

function numberOf(
  env: Env,
  name: string,
  { otherwise, max = 2 ** 31 - 1 }: { otherwise: number; max?: number },
): number {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!(value >= 0 && value <= max))
    throw new Error(`${name}=${text}: give a number from 0 to ${max}`);
  return value;
}
