/** Calls of gRPC as paths: `/package.Service/Method` (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
import type { PathMatch } from './request-match.ts';

export interface Call {
  /** With its package: `shop.Cart`. */
  service: string;
  /** Any of them where it is not there. */
  method?: string;
}

/** What a GRPCRoute takes for the name of a service and of a method. */
const CALL = /^\/([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\/([A-Za-z_]\w*))?$/;

/** Undefined of a path that no call has, and of a pattern. */
export function callIn({ exact, prefix }: PathMatch): Call | undefined {
  const [, service, method] = CALL.exec(exact ?? prefix?.replace(/\/$/, '') ?? '') ?? [];
  if (service === undefined || (exact !== undefined && method === undefined)) return undefined;
  return { service, ...(method !== undefined && { method }) };
}
