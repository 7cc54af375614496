/** All routers there are; adding one is a folder here and a line in this list. */
import type { TrafficRouter } from '../ports/traffic-router.ts';
import type { VersionServices } from '../ports/version-services.ts';
import { observeDedicatedServices, renderDedicatedServices } from './dedicated-services.ts';
import { gatewayAPI } from './gateway-api/router.ts';
import { serviceSelector } from './service-selector/router.ts';

export const routers: TrafficRouter[] = [serviceSelector, gatewayAPI];

export const versionServices: VersionServices = {
  render: renderDedicatedServices,
  observe: observeDedicatedServices,
};
