/** What a call of gRPC ended with, as its number: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md. */
import type { Headers } from './filters.ts';

const UNKNOWN = 2;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const UNAVAILABLE = 14;

/** By HTTP's code, of what the gateway answers itself. */
export function ownGrpcStatus(code: number): number {
  return { 400: INTERNAL, 404: UNIMPLEMENTED }[code] ?? UNAVAILABLE;
}

/** As headers or trailers say it; undefined where they do not. */
export function toldGrpcStatus({ 'grpc-status': status }: Headers): number | undefined {
  return status === undefined ? undefined : Number(status);
}

const BY_HTTP: Record<number, number> = {
  400: INTERNAL,
  401: 16,
  403: 7,
  404: UNIMPLEMENTED,
  429: UNAVAILABLE,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: UNAVAILABLE,
};

/** What a server means that says none, by HTTP's code: https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md. */
export function meantGrpcStatus(code: number): number {
  return BY_HTTP[code] ?? UNKNOWN;
}
