/** What a port of a Service speaks, by its appProtocol, or by its name where it has none: pure. */
import type { ServicePort } from './objects.ts';

/** HTTP/1.1, HTTP/2 from the first byte, or what nobody here reads. */
export type AppProtocol = 'http' | 'http2' | 'tcp';

const BY_APP_PROTOCOL: Record<string, AppProtocol> = {
  http: 'http',
  ws: 'http',
  'kubernetes.io/ws': 'http',
  'kubernetes.io/h2c': 'http2',
  http2: 'http2',
  grpc: 'http2',
};

/** As meshes read names: grpc-web is one that goes by HTTP/1.1. */
const HTTP2_NAMES = /^(http2|grpc)(?!-web(-|$))(-|$)/;
const RAW_NAMES = /^(https|tls|tcp|mongo|mysql|redis)(-|$)/;

/** HTTP unless the port says that it is something else. */
export function protocolOf({ name = '', appProtocol }: ServicePort): AppProtocol {
  if (appProtocol !== undefined) return BY_APP_PROTOCOL[appProtocol.toLowerCase()] ?? 'tcp';
  if (HTTP2_NAMES.test(name)) return 'http2';
  return RAW_NAMES.test(name) ? 'tcp' : 'http';
}
