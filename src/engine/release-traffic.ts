/** Which router moves a release's traffic, from what the policy says. */
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseSpec } from '../api/release.ts';
import { sharesPods } from './pod-shares.ts';

/** The Service itself is pinned for what is all or nothing; else its pods share the traffic. */
function withoutRouter(spec: PolicySpec): string {
  if (spec.pairRef) return 'pairSelector';
  return sharesPods(spec) ? 'podShares' : 'serviceSelector';
}

/** Frozen into the Release, so that an edit of the policy half way changes nothing. */
export function releaseTraffic(spec: PolicySpec): ReleaseSpec['traffic'] {
  const traffic = spec.traffic;
  if (!traffic) return undefined;
  const services = traffic.services.map((service) => service.name);
  const routers = (traffic.routers ?? []).flatMap((router) =>
    router.gatewayAPI ? [{ name: 'gatewayAPI', config: router.gatewayAPI as unknown }] : [],
  );
  const { blueGreen, rolling, recreate } = spec.strategy;
  // Where the pods share the traffic the Services are only what is measured.
  if (rolling || recreate) return { services, routers: [], preview: false };
  const previewService = blueGreen?.previewService;
  return {
    services,
    routers: routers.length > 0 ? routers : [{ name: withoutRouter(spec), config: {} }],
    preview: blueGreen !== undefined,
    ...(previewService !== undefined && { previewService }),
  };
}
