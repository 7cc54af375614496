/** Which router moves a release's traffic, from what the policy says. */
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseSpec } from '../api/release.ts';
import { chosenRouter } from '../api/traffic.ts';
import { sharesPods } from './pod-shares.ts';

/** The Service itself is pinned for what is all or nothing; else its pods share the traffic. */
function withoutRouter(spec: PolicySpec): string {
  if (spec.pairRef) return 'pairSelector';
  return sharesPods(spec) ? 'podShares' : 'serviceSelector';
}

/** Pods that take work by themselves: no Service leads to them, and their share is that of the pods. */
const WORKERS: ReleaseSpec['traffic'] = {
  services: [],
  routers: [{ name: 'podShares', config: {} }],
  preview: false,
};

/** Frozen into the Release, so that an edit of the policy half way changes nothing. */
export function releaseTraffic(spec: PolicySpec): ReleaseSpec['traffic'] {
  const { traffic } = spec;
  if (!traffic) return sharesPods(spec) ? WORKERS : undefined;
  const services = traffic.services.map((service) => service.name);
  const routers = (traffic.routers ?? []).flatMap((router) => chosenRouter(router) ?? []);
  const { blueGreen, rolling, recreate } = spec.strategy;
  const byOrdinals = spec.targetRef.kind === 'StatefulSet' && routers.length === 0;
  // Where the pods share the traffic the Services are only what is measured.
  if (rolling || recreate || byOrdinals) return { services, routers: [], preview: false };
  const previewService = blueGreen?.previewService;
  return {
    services,
    routers: routers.length > 0 ? routers : [{ name: withoutRouter(spec), config: {} }],
    preview: blueGreen !== undefined,
    ...(previewService !== undefined && { previewService }),
  };
}
