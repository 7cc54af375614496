/** Which proxy the environment asks for, by the rules of Go's net/http, which kubectl follows. */

/** HTTPS_PROXY or HTTP_PROXY by the scheme of `server`, unless NO_PROXY or loopback excludes it. */
export function proxyFromEnvironment(server: string, env: NodeJS.ProcessEnv): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  const variable = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[variable] || env[variable.toLowerCase()];
  if (!proxy) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return undefined;
  const excluded = (env['NO_PROXY'] || env['no_proxy'] || '').toLowerCase().split(',');
  if (excluded.some((rule) => excludes(rule.trim(), host, port))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function excludes(rule: string, host: string, port: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  if (rule.includes('/')) return inRange(rule, host);
  const [name = '', rulePort] = rule.split(':');
  if (rulePort !== undefined && rulePort !== (port || '443')) return false;
  const bare = name.replace(/^\*?\./, '');
  return host.endsWith(`.${bare}`) || (host === bare && !name.startsWith('.'));
}

/** IPv4 only: ranges of IPv6 addresses in NO_PROXY are not looked at. */
function inRange(rule: string, host: string): boolean {
  const [base = '', length = ''] = rule.split('/');
  const [a, b] = [ipv4(base), ipv4(host)];
  if (a === undefined || b === undefined) return false;
  const shift = 32 - Number(length);
  return Math.floor(a / 2 ** shift) === Math.floor(b / 2 ** shift);
}

function ipv4(text: string): number | undefined {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
